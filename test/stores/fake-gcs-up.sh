#!/bin/bash
# Starts fake-gcs-server, in memory, and prints where it is. It has no buckets, and lets everybody in.
#
#   fake-gcs-up.sh DIRECTORY        stop it with: kill $(cat DIRECTORY/pids)
#
# Needs: go install github.com/fsouza/fake-gcs-server@v1.56.1
set -euo pipefail
directory=$(mkdir -p "${1:?usage: fake-gcs-up.sh DIRECTORY}" && cd "$1" && pwd)
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$directory"

port=$(free_port)
mkdir -p log
: >pids
in_background fake-gcs fake-gcs-server -scheme http -host 127.0.0.1 -port "$port" -public-host "127.0.0.1:$port" \
  -backend memory -log-level error
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port"); }
wait_for "fake-gcs-server" 10 listens

echo "endpoint=http://127.0.0.1:$port"
