#!/bin/sh
# Makes crates/report/fonts/Inter-*.otf from a full Inter 4 (argument: the folder that holds Inter-Regular.otf).
# Needs fonttools (pyftsubset). `.notdef` keeps its outline: characters outside the subset print as a box.
set -eu
src=$1
out=$(dirname "$0")/../../crates/report/fonts
chars="U+0020-007E,U+00A0-017F,U+0218-021B,U+02C6-02DD,U+0370-03FF,U+0400-045F,U+0490-0491,U+1E9E"
chars="$chars,U+2010-2027,U+2030-203A,U+20AC,U+2122,U+2212,U+2190-2193,U+2260,U+2264-2265,U+25A1,U+25CF,U+00D7"
for style in Regular SemiBold; do
    pyftsubset "$src/Inter-$style.otf" --unicodes="$chars" --no-hinting --layout-features='' \
        --notdef-outline --notdef-glyph --desubroutinize --output-file="$out/Inter-$style.otf"
done
