"""Packs four songs of the songbook into datasets/songbook, losslessly as FLAC.

First write the songs, then pack them:

    musiclime dataset synth --seed 2026 --songs 31 --out /tmp/songbook
    python scripts/make_samples.py /tmp/songbook datasets/songbook

Needs numpy and soundfile. Every FLAC is decoded again and compared sample by sample.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import soundfile

# Genres decided by sound (opera), by words (country), by sound (bluegrass), by both (shanty); four emotions.
SONGS = ["s2026-000003", "s2026-000005", "s2026-000009", "s2026-000030"]
STEMS = ["vocals", "drums", "bass", "other"]


def pack(book: Path, out: Path) -> None:
    """Copies the chosen songs of `book` to `out`."""
    manifest = [json.loads(line) for line in (book / "manifest.jsonl").read_text().splitlines()]
    truth = [json.loads(line) for line in (book / "truth.jsonl").read_text().splitlines()]
    rows = []
    for song in (s for s in manifest if s["id"] in SONGS):
        folder = out / song["id"]
        (folder / "stems").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(book / song["lyrics"], folder / "lyrics.txt")
        for stem in STEMS:
            samples, rate = soundfile.read(book / song["stems"] / f"{stem}.wav", dtype="int16")
            target = folder / "stems" / f"{stem}.flac"
            soundfile.write(target, samples, rate, subtype="PCM_16", format="FLAC", compression_level=1.0)
            decoded, decoded_rate = soundfile.read(target, dtype="int16")
            assert decoded_rate == rate and np.array_equal(decoded, samples), target
        causes = [row for row in truth if row["song"] == song["id"]]
        described = {key: song[key] for key in ("id", "genre", "emotion", "artist")} | {"truth": causes}
        (folder / "song.json").write_text(json.dumps(described, indent=2) + "\n")
        rows.append((song, causes))
    (out / "README.md").write_text(readme(rows))


def readme(rows: list) -> str:
    """Lists the songs and what is planted in them."""
    lines = [
        "# Songbook samples",
        "",
        "Four songs of the songbook, seed 2026. They are generated, original and short (10.24 s, 16 kHz, stereo); nothing",
        "in them was recorded or copied. Licence: CC0 1.0 (public domain). The artists are invented.",
        "",
        "Each folder holds `lyrics.txt`, `stems/{vocals,drums,bass,other}.flac` (the song is their sum; lossless, the same",
        "16-bit samples that `musiclime dataset synth --seed 2026` writes as WAV) and `song.json` (genre, emotion, and the",
        "planted causes). `scripts/make_samples.py` made this folder.",
        "",
        "| song | genre | decided by | emotion | decided by |",
        "| --- | --- | --- | --- | --- |",
    ]
    for song, causes in rows:
        cells = [song["id"]]
        for task in ("genre", "emotion"):
            parts = [
                f"{c['stem']} {c['start_s']:.2f}-{c['end_s']:.2f} s" if c["modality"] == "audio" else c["word"]
                for c in causes
                if c["task"] == task
            ]
            cells += [song[task], ", ".join(parts)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make_samples.py SONGBOOK_DIR OUT_DIR")
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
