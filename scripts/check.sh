#!/usr/bin/env bash
# The one gate: format, lints, documentation, tests. One profile and one feature set, so that Burn is built once.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    printf '\n== %s\n' "$*"
    "$@"
}

step cargo fmt --all --check
step cargo clippy --release --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --release --workspace --no-deps --quiet
step cargo test --release --workspace
