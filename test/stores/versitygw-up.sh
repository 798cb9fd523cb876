#!/bin/bash
# Starts the Versity S3 gateway over a directory, and prints where it is.
#
#   versitygw-up.sh DIRECTORY        stop it with: kill $(cat DIRECTORY/pids)
#
# Needs: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0, and a file system with user attributes.
# Credentials: test / testsecret
set -euo pipefail
directory=$(mkdir -p "${1:?usage: versitygw-up.sh DIRECTORY}" && cd "$1" && pwd)
cd "$directory"

free_port() {
  local port
  while port=$((20000 + RANDOM % 20000)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

port=$(free_port)
mkdir -p data
export ROOT_ACCESS_KEY=test ROOT_SECRET_KEY=testsecret
setsid versitygw --port "127.0.0.1:$port" --quiet posix data >log 2>&1 </dev/null &
echo $! >pids

for ((tries = 100; tries > 0; tries--)); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "endpoint=http://127.0.0.1:$port"
    exit
  fi
  sleep 0.1
done
echo "the gateway did not come up; see $directory/log" >&2
exit 1
