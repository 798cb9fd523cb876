# What the scripts that start stores share. Expects $directory, with log and pids in it.

free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# wait_for WHAT SECONDS COMMAND…
wait_for() {
  local what=$1 tries=$(($2 * 10))
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((tries-- > 0)) || { echo "$what did not come up; see $directory/log" >&2; exit 1; }
    sleep 0.1
  done
}

# in_background NAME COMMAND…
in_background() {
  local name=$1
  shift
  setsid "$@" >"$directory/log/$name.out" 2>&1 </dev/null &
  echo $! >>"$directory/pids"
}
