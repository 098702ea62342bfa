#!/usr/bin/env bash
# From a collection in Music4All's layout to a table of six models: import, check, clean, split, stats, train, evaluate.
#
# Usage: scripts/music4all.sh [OUT] [MUSIC4ALL]
#
# Without MUSIC4ALL, 60 songs of the songbook in that layout stand in for the collection, and the settings are small:
# it shows the way in under a minute on two cores, the figures mean nothing. With the real collection, raise
# EPOCHS (and drop --one-song train): musiclime dataset import music4all --help says which files it expects.
#
# MUSICLIME names the program (default: the release build of this checkout), EPOCHS how long to fit.
set -euo pipefail
case "${1:-}" in
-*)
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
esac
root="$(cd "$(dirname "$0")/.." && pwd)"
out="${1:-music4all-run}"
raw="${2:-}"
epochs="${EPOCHS:-2}"
musiclime="${MUSICLIME:-${CARGO_TARGET_DIR:-$root/target}/release/musiclime}"
if [ ! -x "$musiclime" ]; then
    echo "error: there is no program $musiclime" >&2
    echo "  try: cargo build --release -p musiclime-cli, or MUSICLIME=/path/to/musiclime" >&2
    exit 2
fi
mkdir -p "$out"

step() {
    printf '\n== %s\n' "$*"
    "$@"
}

# Exit code 1 says that some songs were left out, by name; the others go on.
step_leniently() {
    step "$@" || [ $? -eq 1 ]
}

if [ -z "$raw" ]; then
    raw="$out/raw"
    step "$musiclime" dataset synth --layout music4all --songs 60 --seed 2026 --out "$raw"
fi
step_leniently "$musiclime" dataset import music4all "$raw" --out "$out/songs"
step_leniently "$musiclime" dataset check "$out/songs/manifest.jsonl" --labels music4all --out "$out/songs/usable.jsonl"
step_leniently "$musiclime" dataset clean "$out/songs/usable.jsonl" --out "$out/clean"

for task in genre emotion; do
    split="$out/split-$task.jsonl"
    step "$musiclime" dataset split "$out/clean/manifest.jsonl" --task "$task" --seed 7 \
        --train 0.6 --validation 0.2 --one-song train --out "$split"
    step "$musiclime" dataset stats "$split" --out "$out/stats-$task"
    models=()
    for modality in audio lyrics both; do
        model="$out/models/$task-$modality"
        step "$musiclime" train --manifest "$split" --task "$task" --modality "$modality" \
            --epochs "$epochs" --seed 7 --out "$model"
        models+=(--model "$model")
    done
    step "$musiclime" evaluate --manifest "$split" --split test "${models[@]}" --out "$out/table-$task"
done
printf '\nresults: %s\n' "$out"
