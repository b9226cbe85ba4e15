#!/usr/bin/env bash
# Measures the server beside bare relays and writes docs/performance.md. Builds what it needs, optimised.
# Usage: scripts/bench.sh [bench's arguments, e.g. --only fanout --repeat 1 --seconds 2]
set -euo pipefail
cd "$(dirname "$0")/.."

node scripts/web.mjs
target="${CARGO_TARGET_DIR:-$PWD/target}"
cargo build --release --locked --bin chantier
cargo build --release --locked --manifest-path bench/Cargo.toml --target-dir "$target/bench"

# The server is pinned to core 0; the driver has another one, and goes before other work where it may.
before=()
if [ "$(nproc)" -gt 1 ]; then before+=(taskset -c 1); fi
if nice -n -20 true 2>/dev/null; then before+=(nice -n -20); fi

out=(--out docs/performance.md)
if [ $# -gt 0 ]; then out=(); fi
exec "${before[@]}" "$target/bench/release/bench" \
  --chantier "$target/release/chantier" --relay "$target/bench/release/relay" "${out[@]}" "$@"
