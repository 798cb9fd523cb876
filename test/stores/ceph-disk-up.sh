#!/bin/bash
# As ceph-up.sh, with the objects on the disk: for more of them than fit into memory.
#
#   ceph-disk-up.sh DIRECTORY        stop it with: kill $(cat DIRECTORY/pids)
set -euo pipefail
CEPH_OBJECTSTORE=bluestore exec bash "$(dirname "${BASH_SOURCE[0]}")/ceph-up.sh" "$@"
