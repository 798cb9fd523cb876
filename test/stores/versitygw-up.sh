#!/bin/bash
# Starts the Versity S3 gateway over a directory, and prints where it is.
#
#   versitygw-up.sh DIRECTORY        stop it with: kill $(cat DIRECTORY/pids)
#
# Needs: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0, and a file system with user attributes.
# Credentials: test / testsecret
set -euo pipefail
directory=$(mkdir -p "${1:?usage: versitygw-up.sh DIRECTORY}" && cd "$1" && pwd)
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$directory"

port=$(free_port)
mkdir -p data log
: >pids
export ROOT_ACCESS_KEY=test ROOT_SECRET_KEY=testsecret
in_background versitygw versitygw --port "127.0.0.1:$port" --quiet posix data
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port"); }
wait_for "the gateway" 10 listens

echo "endpoint=http://127.0.0.1:$port"
