#!/bin/bash
# Starts OpenStack Keystone over SQLite and a Swift that takes its tokens, and prints Keystone's URL.
#
#   keystone-up.sh DIRECTORY        stop it with: kill $(cat DIRECTORY/pids)
#
# Needs (Debian): what swift-up.sh needs, and: apt-get install --no-install-recommends keystone python3-keystonemiddleware
# Credentials: registry / registrysecret, project registry, domain Default, region RegionOne
set -euo pipefail
directory=$(mkdir -p "${1:?usage: keystone-up.sh DIRECTORY}" && cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/common.sh"
cd "$directory"

port=$(free_port)
keystone=http://127.0.0.1:$port
mkdir -p log keys credentials swift
: >pids

# Also when something fails, so that they are stopped all the same.
trap 'cat swift/pids >>pids 2>/dev/null || :' EXIT
# Swift comes up while Keystone makes its tables.
KEYSTONE=$keystone "$here/swift-up.sh" "$directory/swift" >swift.out 2>&1 &
swift_start=$!

cat >keystone.conf <<END
[DEFAULT]
log_file = $directory/log/keystone.log
[database]
connection = sqlite:///$directory/keystone.db
[token]
provider = fernet
[fernet_tokens]
key_repository = $directory/keys
[fernet_receipts]
key_repository = $directory/keys
[credential]
key_repository = $directory/credentials
[cache]
enabled = false
[identity]
password_hash_algorithm = bcrypt
password_hash_rounds = 4
END

# What keystone-manage does, which takes three seconds to start, as forks of one process. Users that are made here, before
# the server runs, do not meet SQLite's lock.
user=$(id -un) group=$(id -gn)
/usr/bin/python3 - >log/manage.out 2>&1 <<END || { cat log/manage.out >&2; exit 1; }
import os, sys
from keystone.cmd import cli

def manage(*arguments):
    child = os.fork()
    if child == 0:
        cli.main(argv=["keystone-manage", "--config-file", "keystone.conf", *arguments])
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"keystone-manage {arguments[0]} failed")

def user(name, password, project, role):
    manage("bootstrap", "--bootstrap-username", name, "--bootstrap-password", password,
           "--bootstrap-project-name", project, "--bootstrap-role-name", role)

manage("db_sync")
manage("fernet_setup", "--keystone-user", "$user", "--keystone-group", "$group")
manage("credential_setup", "--keystone-user", "$user", "--keystone-group", "$group")
user("admin", "adminsecret", "admin", "admin")
user("swift", "swiftsecret", "service", "admin")
user("registry", "registrysecret", "registry", "member")
END

wait "$swift_start" || { cat swift.out >&2; exit 1; }
proxy=$(sed -n 's/^endpoint=//p' swift.out)

# A catalogue in a file: adding a service through the API makes SQLite wait for its own lock.
cat >catalog.templates <<END
catalog.RegionOne.identity.name = keystone
catalog.RegionOne.identity.publicURL = $keystone/v3
catalog.RegionOne.identity.internalURL = $keystone/v3
catalog.RegionOne.identity.adminURL = $keystone/v3
catalog.RegionOne.object-store.name = swift
catalog.RegionOne.object-store.publicURL = $proxy/v1/AUTH_\$(tenant_id)s
catalog.RegionOne.object-store.internalURL = $proxy/v1/AUTH_\$(tenant_id)s
catalog.RegionOne.object-store.adminURL = $proxy/v1/AUTH_\$(tenant_id)s
END
cat >catalog.conf <<END
[catalog]
driver = templated
template_file = $directory/catalog.templates
END
export OS_KEYSTONE_CONFIG_FILES="$directory/keystone.conf;$directory/catalog.conf"
# Keystone's own little server takes five connections at once, and lets the others wait for a minute.
PORT=$port in_background keystone /usr/bin/python3 -c '
import os
import eventlet, eventlet.wsgi
from keystone.server.wsgi import initialize_public_application
eventlet.wsgi.server(eventlet.listen(("127.0.0.1", int(os.environ["PORT"])), backlog=512), initialize_public_application())
'
wait_for "Keystone" 30 curl -fs "$keystone/v3"

echo "endpoint=$keystone/v3"
