# shellcheck shell=bash
# Helpers shared by the scripts in this directory's parent. Sourced, never run.

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# A password no test can guess by accident; letters and digits only, so that it needs no escaping in a URL.
random_password() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }

# A free TCP port below the range the kernel hands out by itself. Somebody may
# still take it before the server binds it: callers retry.
free_port() {
  local port
  for _ in $(seq 100); do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  die "no free TCP port between 20000 and 32000"
}

# Database servers refuse to run as root: for root they run as this user, else as the caller.
make_server_user() {
  [ "$(id -u)" -eq 0 ] || return 0
  getent passwd dbferry-test >/dev/null ||
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin dbferry-test
}

# What stands in front of a command to run it as that user: it replaces itself
# with the command, so the process id stays the same.
# shellcheck disable=SC2034 # used by the files that source this one
AS_SERVER=()
if [ "$(id -u)" -eq 0 ]; then
  # shellcheck disable=SC2034
  AS_SERVER=(setpriv --reuid=dbferry-test --regid=dbferry-test --clear-groups --inh-caps=-all env HOME=/nonexistent)
fi

# A process id from a file is only trusted while it is still our server.
is_ours() { # PID DIR
  [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$2/"
}

# Sends SIGNAL, waits up to 20 s, then kills.
stop_pid() { # PID DIR SIGNAL
  is_ours "$1" "$2" || return 0
  kill -s "$3" "$1" 2>/dev/null || return 0
  for _ in $(seq 200); do
    is_ours "$1" "$2" || return 0
    sleep 0.1
  done
  kill -s KILL "$1" 2>/dev/null || true
}
