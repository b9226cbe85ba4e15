#!/usr/bin/env bash
# Installs Debian packages for the tests; says in one sentence what is needed when it may not.
# Usage: scripts/apt.sh PACKAGE...
set -euo pipefail

if ! command -v apt-get >/dev/null; then
  echo "Please install $* by hand: this machine has no apt-get." >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "Please run 'sudo apt-get install $*' once: the tests need it and only root may install it." >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
install() {
  apt-get install --yes --quiet --no-install-recommends -o Dpkg::Options::=--force-confold \
    -o DPkg::Lock::Timeout=300 "$@"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
install "$@" >"$log" 2>&1 && exit 0
# The lists may be missing or older than the archive: once more with fresh ones.
if apt-get update --quiet >>"$log" 2>&1 && install "$@" >>"$log" 2>&1; then exit 0; fi
cat "$log" >&2
echo "apt-get could not install $* (see above)." >&2
exit 1
