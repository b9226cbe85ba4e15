#!/usr/bin/env bash
# Measures the server beside bare relays and writes docs/performance.md. Builds what it needs, optimised.
# Usage: scripts/bench.sh [bench's arguments, e.g. --only fanout --repeat 1 --seconds 2]
#        scripts/bench.sh --only hostile --seconds 60 --repeat 1 --hostile-below 2   (make test-long: two minutes of it)
#        scripts/bench.sh --check   lints the driver, and tries it for a moment: its figures mean nothing
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-$PWD/target}"
if [ "${1:-}" = --check ]; then
  manifest=(--manifest-path bench/Cargo.toml)
  export CARGO_TARGET_DIR="$target/bench"
  cargo fmt "${manifest[@]}" --check
  cargo clippy --locked --quiet "${manifest[@]}" --all-targets -- -D warnings
  cargo test --locked --quiet "${manifest[@]}"
  cargo build --locked --quiet "${manifest[@]}"
  exec "$CARGO_TARGET_DIR/debug/bench" --chantier "${CHANTIER_BINARY:-$target/debug/chantier}" \
    --relay "$CARGO_TARGET_DIR/debug/relay" --repeat 1 --seconds 0.3 --edits 3000
fi

node scripts/web.mjs
cargo build --release --locked --bin chantier
cargo build --release --locked --manifest-path bench/Cargo.toml --target-dir "$target/bench"
cargo build --profile cost --locked --manifest-path fuzz/Cargo.toml --target-dir "$target/cost" --bin cost

# The server is pinned to core 0; the driver has another one, and goes before other work where it may.
before=()
if [ "$(nproc)" -gt 1 ]; then before+=(taskset -c 1); fi
if nice -n -20 true 2>/dev/null; then before+=(nice -n -20); fi

out=(--out docs/performance.md)
if [ $# -gt 0 ]; then out=(); fi
exec "${before[@]}" "$target/bench/release/bench" \
  --chantier "$target/release/chantier" --relay "$target/bench/release/relay" --cost "$target/cost/cost/cost" "${out[@]}" "$@"
