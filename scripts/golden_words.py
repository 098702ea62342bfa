"""Writes crates/explanation/tests/golden/words.json: Python's word characters and lime's split of some texts.

Usage: python scripts/golden_words.py   (needs lime)

`word_ranges` are the inclusive ranges of code points that `\\w` matches, `assigned` those that this Python's Unicode
knows at all. The table in crates/explanation/src/word_marks.rs holds what `char::is_alphanumeric` has beyond them.
"""

import json
import re
import unicodedata
from pathlib import Path

from lime.lime_text import IndexedString

OUT = Path(__file__).resolve().parent.parent / "crates/explanation/tests/golden/words.json"
TEXTS = [
    "Don't stop me now, don't!",
    "  \n\tLove  love\r\nLOVE\n",
    "snake_case __dunder__ x_",
    "caf\u00e9 cafe\u0301 na\u00efve \u00c5ngstr\u00f6m",
    "I \u2764\ufe0f you \U0001f600\U0001f3b5 baby \U0001f469\u200d\U0001f3a4 yeah",
    "\u6211\u611b\u4f60 \u6211\u611b\u4f60\u3002\u3055\u3088\u306a\u3089\u3001\u6771\u4eac",
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e23\u0e31\u0e01 \u0627\u0644\u0633\u064e\u0644\u0627\u0645",
    "3rd 42 \u00bd \u00b2 \u2167 \u24d0 \u0664\u0662",
    "\u2018quoted\u2019 rock\u2019n\u2019roll rock'n'roll e\u2014mail",
    "\u039f\u0394\u039f\u03a3 \u039f\u03b4\u03cc\u03c2 \u0130stanbul stra\u00dfe STRASSE",
    "last word",
    "...!?",
    "",
]


def ranges(matches):
    out = []
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000 or not matches(chr(code)):
            continue
        if out and out[-1][1] == code - 1:
            out[-1][1] = code
        else:
            out.append([code, code])
    return out


def split(text):
    if not re.search(r"\w", text):
        return []
    indexed = IndexedString(text)
    words = []
    for i in range(indexed.num_words()):
        word = str(indexed.word(i))
        places = []
        for start in indexed.string_position(i):
            start = len(text[: int(start)].encode())
            places.append([start, start + len(word.encode())])
        words.append([word, places])
    return words


def main():
    word = re.compile(r"\w")
    golden = {
        "word_ranges": ranges(lambda c: word.match(c)),
        "assigned": ranges(lambda c: unicodedata.category(c) != "Cn"),
        "texts": [{"text": t, "words": split(t), "lower": [w.lower() for w, _ in split(t)]} for t in TEXTS],
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
