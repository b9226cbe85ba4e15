#!/usr/bin/env bash
# Prints the path of a Chromium for the browser tests; installs Debian's package when there is none.
# CHANTIER_CHROMIUM names another one.
set -euo pipefail

find_chromium() {
  local name
  for name in "${CHANTIER_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name"; then return; fi
  done
  return 1
}

find_chromium && exit 0
echo "Installing Chromium for the browser tests (Debian package chromium)..." >&2
"$(dirname "$0")/apt.sh" chromium
find_chromium
