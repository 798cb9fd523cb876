#!/bin/bash
# Starts Ceph's RADOS gateway with its own monitor and OSD, all in memory or in one directory, and prints where it is.
#
#   ceph-up.sh DIRECTORY        stop it with: kill $(cat DIRECTORY/pids)
#
# Needs (Debian): apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common
# Credentials: test / testsecret, and limited / limitedsecret, who may do what the policy of a bucket allows
set -euo pipefail
directory=$(mkdir -p "${1:?usage: ceph-up.sh DIRECTORY}" && cd "$1" && pwd)
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$directory"

monitor_port=$(free_port)
gateway_port=$(free_port)
fsid=$(cat /proc/sys/kernel/random/uuid)
osd_id=$(cat /proc/sys/kernel/random/uuid)
export CEPH_CONF=$directory/ceph.conf
mkdir -p mon osd/0 rgw log run
: >pids

cat >ceph.conf <<END
[global]
fsid = $fsid
keyring = $directory/keyring
mon host = v2:127.0.0.1:$monitor_port
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = $directory/run
admin socket = $directory/run/\$name.\$pid.asok
pid file = $directory/run/\$name.pid
log file = $directory/log/\$name.log
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 0
paxos propose interval = 0.05
paxos min wait = 0.01

[mon.a]
mon data = $directory/mon/a

[osd]
osd data = $directory/osd/\$id
osd objectstore = ${CEPH_OBJECTSTORE:-memstore}
memstore device bytes = 8589934592
bluestore block size = 42949672960
osd memory target = 939524096
osd op num shards = 2
osd op num threads per shard = 1
osd class load list = *
osd class default list = *

[client.rgw]
rgw data = $directory/rgw
rgw frontends = beast endpoint=127.0.0.1:$gateway_port tcp_nodelay=1
rgw dns name = localhost
rgw thread pool size = 64
rgw multipart min part size = 102400
rgw override bucket index max shards = 1
rgw dynamic resharding = false
rgw run sync thread = false
rgw enable lc threads = false
rgw enable quota threads = false
rgw enable usage log = false
rgw enable ops log = false
END

new_key() {
  ceph-authtool keyring --gen-key -n "$@" >/dev/null
}
: >keyring
new_key mon. --cap mon 'allow *'
new_key osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
new_key client.rgw --cap mon 'allow *' --cap osd 'allow *'
new_key client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'

monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$monitor_port]" monmap >/dev/null
ceph-mon --mkfs -i a -c ceph.conf --monmap monmap --keyring keyring >/dev/null
in_background mon ceph-mon -f -i a -c ceph.conf
wait_for "the monitor" 20 ceph --connect-timeout 3 osd new "$osd_id"

ceph-osd -i 0 -c ceph.conf --mkfs --osd-uuid "$osd_id" >log/mkfs.out 2>&1
in_background osd ceph-osd -f -i 0 -c ceph.conf
osd_is_up() { ceph osd stat | grep -q '1 up'; }
wait_for "the OSD" 20 osd_is_up

in_background rgw radosgw -f -n client.rgw -c ceph.conf
wait_for "the gateway" 30 curl -s -o /dev/null "http://127.0.0.1:$gateway_port/"
new_user() {
  radosgw-admin -n client.rgw user create --uid "$1" --display-name "$1" --access-key "$1" --secret-key "$1secret"
}
new_user test >log/user.out 2>&1 &
test_user=$!
new_user limited >log/limited.out 2>&1
wait "$test_user"

echo "endpoint=http://127.0.0.1:$gateway_port"
