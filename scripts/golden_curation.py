"""Cases for the label curation, worked out by another evaluator from the published rules.

Usage: python scripts/golden_curation.py RULES.json crates/dataset/tests/golden/curation.json
RULES.json has `music4all_rules` as nested any/all/not conditions, and `emotion_grid`.

For every alternative of every class: genres for which it holds, and genres for which exactly one condition fails.
"""

import json
import sys


def holds(when, genres, unplaced):
    """Evaluates a nested condition."""
    (name, value), = when.items()
    later = genres[1:]
    if name == "any":
        return any(holds(w, genres, unplaced) for w in value)
    if name == "all":
        return all(holds(w, genres, unplaced) for w in value)
    if name == "not":
        return not holds(value, genres, unplaced)
    if name == "genre1_in":
        return bool(genres) and genres[0] in value
    if name == "genre2_in":
        return len(genres) > 1 and genres[1] in value
    if name == "later_genre_in":
        return any(g in value for g in later)
    if name == "later_genres_text_contains":
        return value in ", ".join(later)
    if name == "genre2_missing":
        return len(genres) < 2
    if name == "no_class_yet":
        return unplaced
    raise ValueError(name)


def candidates(parts):
    """Genres to try: each first genre of the rule with each later genre that it names, and without."""
    firsts, laters = ["zydeco"], [[], ["zydeco"], ["zydeco", "polka"]]
    for part in parts:
        inner = part["not"] if "not" in part else part
        (name, value), = inner.items()
        if name == "genre1_in":
            firsts = list(value) + firsts
        elif name in ("later_genre_in", "genre2_in"):
            laters += [[v] for v in value] + [["zydeco", v] for v in value]
        elif name == "later_genres_text_contains":
            laters += [[value], ["zydeco", "x" + value + "y"]]
    return [[f] + later for f in firsts for later in laters]


def main():
    with open(sys.argv[1]) as file:
        published = json.load(file)
    rules = published["music4all_rules"]

    def class_of(genres):
        for rule in rules:
            if holds(rule["when"], genres, True):
                return rule["class"].replace("rythm", "rhythm")
        return None

    alternatives = []
    for c, rule in enumerate(rules):
        for a, when in enumerate(rule["when"].get("any", [rule["when"]])):
            parts = when.get("all", [when])
            tried = candidates(parts)
            cases = [
                {"genres": g, "unplaced": u, "holds": holds(when, g, u), "class": class_of(g)}
                for g in tried
                for u in ((True, False) if any("no_class_yet" in p for p in parts) else (True,))
            ]
            yes = [x for x in cases if x["holds"]]
            no = [x for x in cases if not x["holds"]]
            firsts = {tuple(x["genres"][:1]) for x in yes}
            kept = [next(x for x in yes if tuple(x["genres"][:1]) == f) for f in sorted(firsts)]
            # All that tell conditions apart: the same first genre, another outcome.
            known = [x for x in no if tuple(x["genres"][:1]) in firsts][:6]
            unknown = [x for x in no if tuple(x["genres"][:1]) not in firsts][:1]
            more = [x for x in yes if x not in kept][:4]
            alternatives.append({"class": c, "alternative": a, "cases": kept + more + known + unknown})

    values = [0, 0.2, 0.3499999, 0.35, 0.3500001, 0.5, 0.6499999, 0.65, 0.6500001, 0.8, 1]
    grid = published["emotion_grid"]

    def cell(valence, energy):
        row = grid["valence>0.65" if valence > 0.65 else "valence<0.35" if valence < 0.35 else "else"]
        return row["energy>0.65" if energy > 0.65 else "energy<0.35" if energy < 0.35 else "else"]

    emotions = [{"valence": v, "energy": e, "emotion": cell(v, e)} for v in values for e in values]
    with open(sys.argv[2], "w") as file:
        json.dump({"alternatives": alternatives, "emotions": emotions}, file)
        file.write("\n")


main()
