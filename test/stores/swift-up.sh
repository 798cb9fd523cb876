#!/bin/bash
# Starts OpenStack Swift in one directory, and prints where tokens are to be had.
#
#   swift-up.sh DIRECTORY        stop it with: kill $(cat DIRECTORY/pids)
#
# Needs (Debian): apt-get install --no-install-recommends \
#   swift-proxy swift-account swift-container swift-object memcached curl
# Needs a file system with user attributes below DIRECTORY.
# Credentials: test:tester / testing (owns the account), test:reader / reading (may do what ACLs allow)
# The same proxy speaks S3, with those as access key and secret key.
#
# With KEYSTONE=http://host:port the tokens are Keystone's, and the store's own URL is printed (see keystone-up.sh).
set -euo pipefail
directory=$(mkdir -p "${1:?usage: swift-up.sh DIRECTORY}" && cd "$1" && pwd)
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$directory"

proxy_port=$(free_port)
account_port=$(free_port)
container_port=$(free_port)
object_port=$(free_port)
memcached_port=$(free_port)
user=$(id -un)
mkdir -p etc log cache data/disk0 data/disk1
: >pids

# One partition. Of objects there are two replicas: with one, a reader may be told 404 while an object is replaced. The
# command line tools for this take seconds.
/usr/bin/python3 - "$account_port" "$container_port" "$object_port" <<'END'
import sys
from swift.common.ring import RingBuilder

for kind, port in zip(("account", "container", "object"), sys.argv[1:]):
    replicas = 2 if kind == "object" else 1
    builder = RingBuilder(4, replicas, 0)
    for disk in range(replicas):
        builder.add_dev({
            "id": disk, "region": 1, "zone": 1, "device": f"disk{disk}", "weight": 1.0, "meta": "",
            "ip": "127.0.0.1", "port": int(port),
            "replication_ip": "127.0.0.1", "replication_port": int(port),
        })
    builder.rebalance()
    builder.get_ring().save(f"etc/{kind}.ring.gz")
END

cat >etc/swift.conf <<'END'
[swift-hash]
swift_hash_path_prefix = prefix
swift_hash_path_suffix = suffix
[storage-policy:0]
name = only
default = yes
END

defaults() {
  cat <<END
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $1
workers = 0
user = $user
swift_dir = $directory/etc
log_level = WARNING
log_address = /no/syslog
END
}

patience='conn_timeout = 30
node_timeout = 60'

storage_server() {
  defaults "$2" >"etc/$1-server.conf"
  cat >>"etc/$1-server.conf" <<END
devices = $directory/data
mount_check = false
recon_cache_path = $directory/cache
fallocate_reserve = 0
disable_fallocate = true
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
$patience
# Of the object server: an object that is not in its container's list at once is not listed.
container_update_timeout = 60
END
}
storage_server account "$account_port"
storage_server container "$container_port"
storage_server object "$object_port"

if [ "${KEYSTONE:-}" ]; then authentication="authtoken keystoneauth"; else authentication="s3api tempauth"; fi
defaults "$proxy_port" >etc/proxy-server.conf
cat >>etc/proxy-server.conf <<END
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk tempurl $authentication copy container-quotas slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# Seconds. A write is answered when both replicas have it.
post_quorum_timeout = 30
# A busy machine is no reason to give up on a server, and least of all to leave it alone for a minute: there is no other.
$patience
recoverable_node_timeout = 60
error_suppression_limit = 1000000
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$memcached_port
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:tempurl]
use = egg:swift#tempurl
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
# As in Alibaba's OSS, so that tests need not send much.
min_segment_size = 102400
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
user_test_reader = reading
# Seconds. So that many a token expires while a suite runs.
token_life = 20
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = ${KEYSTONE:-none}
auth_url = ${KEYSTONE:-none}
auth_type = password
username = swift
password = swiftsecret
project_name = service
user_domain_id = default
project_domain_id = default
delay_auth_decision = true
service_token_roles_required = true
include_service_catalog = false
memcached_servers = 127.0.0.1:$memcached_port
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = admin, member
[filter:copy]
use = egg:swift#copy
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:slo]
use = egg:swift#slo
# By default 1000. This few let tests see manifests of manifests.
max_manifest_segments = 4
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
[filter:symlink]
use = egg:swift#symlink
END

in_background memcached memcached -u "$user" -l 127.0.0.1 -p "$memcached_port" -m 64
for kind in account container object proxy; do
  in_background "$kind" "swift-$kind-server" "$directory/etc/$kind-server.conf"
done
proxy=http://127.0.0.1:$proxy_port
wait_for "the proxy" 30 curl -fs "$proxy/healthcheck"
if [ "${KEYSTONE:-}" ]; then
  echo "endpoint=$proxy"
  exit
fi

token=$(curl -fs -D- -o /dev/null -H "X-Auth-User: test:tester" -H "X-Auth-Key: testing" "$proxy/auth/v1.0" |
  sed -n 's/^x-auth-token: *\([^[:space:]]*\).*/\1/Ip')
wait_for "the storage" 30 curl -fs -X PUT -H "X-Auth-Token: $token" "$proxy/v1/AUTH_test/first"
echo "endpoint=$proxy/auth/v1.0"
