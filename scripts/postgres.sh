#!/usr/bin/env bash
# A private PostgreSQL for the tests: own folder, own port, own process; never the system's cluster.
#
#   scripts/postgres.sh ensure            installs the Debian package when no server is found
#   scripts/postgres.sh with COMMAND...   runs the command with CHANTIER_TEST_POSTGRES set
#   scripts/postgres.sh start PID         starts one that ends with process PID; prints its folder and its address
#   scripts/postgres.sh stop FOLDER       stops it and removes its folder
#   scripts/postgres.sh crash FOLDER      ends it at once, as a crash would (SIGQUIT)
#   scripts/postgres.sh resume FOLDER     starts it again, on the same port
#
# Durability is left on (fsync): the tests are about what is on disk.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

say() { echo "$*" >&2; }

# The newest server binaries of this machine, or nothing.
find_binaries() {
  local found
  found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  if [ -z "$found" ] && command -v pg_config >/dev/null; then found=$(pg_config --bindir); fi
  if [ -n "$found" ] && [ -x "$found/initdb" ] && [ -x "$found/postgres" ]; then echo "$found"; fi
}

ensure() {
  [ -n "$(find_binaries)" ] && return
  say "Installing PostgreSQL for the tests (Debian package postgresql)..."
  # The package would create and start a cluster of the system: it is told not to, first.
  "$here/apt.sh" postgresql-common
  local settings=/etc/postgresql-common/createcluster.conf
  if ! grep -qs '^create_main_cluster' "$settings"; then echo 'create_main_cluster = false' >>"$settings"; fi
  "$here/apt.sh" postgresql
  [ -n "$(find_binaries)" ] || { say "PostgreSQL was installed but its server was not found under /usr/lib/postgresql."; exit 1; }
}

# initdb and postgres refuse root: root becomes an account that owns nothing else of ours.
as_owner() {
  if [ "$(id -u)" != 0 ]; then "$@"; return; fi
  setpriv --reuid "$(id -u "$owner")" --regid "$(id -g "$owner")" --clear-groups --reset-env "$@"
}

free_port() {
  node -e 'const s = require("node:net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

start() {
  local parent=$1 folder binaries port try
  ensure
  binaries=$(find_binaries)
  owner=$(id -un)
  if [ "$(id -u)" = 0 ]; then owner=nobody; if id postgres >/dev/null 2>&1; then owner=postgres; fi; fi
  folder=$(mktemp -d "${TMPDIR:-/tmp}/chantier-postgres.XXXXXX")
  if [ "$(id -u)" = 0 ]; then chown "$owner" "$folder"; fi
  cd "$folder"
  as_owner "$binaries/initdb" --pgdata "$folder/data" --username chantier --auth trust --encoding UTF8 \
    --locale C.UTF-8 >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
  for try in 1 2 3; do
    port=$(free_port)
    launch "$binaries" "$folder" "$port"
    if wait_ready "$binaries" "$folder" "$port" "$launched"; then
      echo "$port" >"$folder/port"
      watch "$parent" "$folder" &
      disown $! 2>/dev/null || true
      echo "$folder"
      echo "postgres://chantier@127.0.0.1:$port/postgres"
      return
    fi
  done
  say "PostgreSQL did not start:"; cat "$folder/server.log" >&2
  exit 1
}

# Starts the server of a folder; its process is $launched.
launch() {
  local binaries=$1 folder=$2 port=$3
  # Own session: a Ctrl-C in the terminal must not stop it before the tests that use it.
  as_owner setsid "$binaries/postgres" -D "$folder/data" -p "$port" -k "$folder" \
    -c listen_addresses=127.0.0.1 -c max_connections=300 -c shared_buffers=128MB -c fsync=on \
    -c synchronous_commit=on -c log_min_messages=warning -c timezone=UTC \
    </dev/null >>"$folder/server.log" 2>&1 3>&- &
  launched=$!
  disown "$launched" 2>/dev/null || true
}

ours() { case "$1" in */chantier-postgres.*) ;; *) say "$1 is not a folder of this script."; exit 2 ;; esac; }

crash() {
  local folder=$1 pid deadline=$((SECONDS + 30))
  ours "$folder"
  pid=$(head -n 1 "$folder/data/postmaster.pid")
  kill -QUIT "$pid"
  while kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $deadline ]; do sleep 0.02; done
}

resume() {
  local folder=$1 binaries port
  ours "$folder"
  binaries=$(find_binaries)
  owner=$(stat -c %U "$folder/data")
  port=$(cat "$folder/port")
  cd "$folder"
  launch "$binaries" "$folder" "$port"
  wait_ready "$binaries" "$folder" "$port" "$launched" || { cat "$folder/server.log" >&2; exit 1; }
}

wait_ready() {
  local binaries=$1 folder=$2 port=$3 pid=$4 deadline=$((SECONDS + 60))
  while [ $SECONDS -lt $deadline ]; do
    if "$binaries/pg_isready" -q -h "$folder" -p "$port" -U chantier -d postgres; then return 0; fi
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

# Ends the server when the process it was started for is gone, however that one ended.
watch() {
  exec </dev/null >/dev/null 2>&1 3>&-
  trap '' INT HUP
  while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 1; done
  stop "$2"
}

stop() {
  local folder=$1 pid
  ours "$folder"
  if pid=$(head -n 1 "$folder/data/postmaster.pid" 2>/dev/null) && [ -n "$pid" ]; then
    kill -INT "$pid" 2>/dev/null || true
    local deadline=$((SECONDS + 30))
    while kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $deadline ]; do sleep 0.1; done
    kill -QUIT "$pid" 2>/dev/null || true
  fi
  rm -rf "$folder"
}

with() {
  local answer folder status=0
  answer=$(start $$)
  folder=$(head -n 1 <<<"$answer")
  trap 'stop "$folder"' EXIT
  CHANTIER_TEST_POSTGRES=$(tail -n 1 <<<"$answer") "$@" || status=$?
  exit "$status"
}

case "${1:-}" in
  ensure) ensure ;;
  start) start "${2:?the process it is started for}" ;;
  stop) stop "${2:?the folder}" ;;
  crash) crash "${2:?the folder}" ;;
  resume) resume "${2:?the folder}" ;;
  with) shift; with "$@" ;;
  *) sed -n '2,11p' "$0" >&2; exit 2 ;;
esac
