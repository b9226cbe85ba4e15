#!/usr/bin/env bash
# Builds what changed and becomes the server with the demonstration data.
# Usage: scripts/run.sh PORT | scripts/run.sh --build-only
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
what=${1:-8080}

if [ "$what" != --build-only ]; then
  if ! [[ $what =~ ^[0-9]{1,5}$ ]] || [ "$what" -gt 65535 ]; then
    echo "PORT must be a number from 0 to 65535, as in 'make run PORT=9000'." >&2
    exit 2
  fi
fi

scripts/tools.sh
PATH="$PATH:${HOME:-}/.cargo/bin"
node scripts/web.mjs
cargo build --quiet --locked --bin chantier

[ "$what" = --build-only ] && exit 0
binary=$(node scripts/binary.mjs)
exec "$binary" serve --demo --listen "127.0.0.1:$what" --data "$root/data/demo"
