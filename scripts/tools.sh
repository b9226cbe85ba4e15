#!/usr/bin/env bash
# Says which tool is missing or too old, in one sentence with how to get it.
# Checks cargo, the Rust version of Cargo.toml, a C compiler, node and npm.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "$1" >&2; exit 1; }

# at_least WANTED FOUND: whether FOUND is the same version or a later one.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

rust_wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
node_wanted=20.19.0

# rustup puts cargo there; a shell opened before the installation does not know it yet.
if ! command -v cargo >/dev/null && [ -x "${HOME:-}/.cargo/bin/cargo" ]; then
  PATH="${HOME:-}/.cargo/bin:$PATH"
fi

command -v cargo >/dev/null && command -v rustc >/dev/null ||
  fail "Rust is missing: install version $rust_wanted or later from https://rustup.rs, then open a new shell."
rust_found=$(rustc --version 2>/dev/null | awk '{ print $2 }')
at_least "$rust_wanted" "${rust_found:-0}" ||
  fail "Rust ${rust_found:-of an unknown version} is too old: version $rust_wanted or later is needed, run 'rustup update stable' or install it from https://rustup.rs."
command -v cc >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null ||
  fail "A C compiler is missing: install one, on Debian or Ubuntu with 'apt-get install gcc libc6-dev'."
command -v node >/dev/null ||
  fail "Node is missing: install version 20.19 or later from https://nodejs.org or your distribution."
node_found=$(node --version 2>/dev/null | sed 's/^v//')
at_least "$node_wanted" "${node_found:-0}" ||
  fail "Node ${node_found:-of an unknown version} is too old: version 20.19 or later is needed, from https://nodejs.org or your distribution."
command -v npm >/dev/null ||
  fail "npm is missing: it comes with Node from https://nodejs.org, or on Debian with 'apt-get install npm'."
