# shellcheck shell=bash
# Starts and stops private database servers. Sourced by scripts/servers, after
# common.sh and install.sh; DIR is the instance's folder, PROFILE test or bench.
#
# Every server: its own folder DIR/<name> with data, log, socket and process id;
# a TCP port on 127.0.0.1; TLS offered, plain connections allowed; accounts with
# passwords; a client in DIR/bin that is already pointed at it.

make_tls() {
  local tls="$DIR/tls"
  mkdir "$tls"
  (
    cd "$tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=dbferry test CA" -keyout ca-key.pem -out ca.pem \
      -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
    openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout server-key.pem -out server.csr
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -out server.pem \
      -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n')
    rm -f server.csr ca.srl ca-key.pem
  ) >"$DIR/tls.log" 2>&1 || { cat "$DIR/tls.log" >&2; die "openssl could not make the servers' certificate"; }
  own "$tls/server-key.pem"
  chmod 600 "$tls/server-key.pem"
}

own() { if [ "$(id -u)" -eq 0 ]; then chown -R dbferry-test: "$@"; fi; }

# Runs what makes a server's first data, where stop_server can find it if the start is interrupted.
prepare() { # NAME COMMAND...
  local name=$1 pid status=0
  shift
  setsid "${AS_SERVER[@]}" "$@" </dev/null >"$DIR/$name/prepare.log" 2>&1 &
  pid=$!
  echo "$pid" >"$DIR/$name/prepare.pid"
  wait "$pid" || status=$?
  rm "$DIR/$name/prepare.pid"
  [ "$status" -eq 0 ] || tail -n 20 "$DIR/$name/prepare.log" >&2
  return "$status"
}

# Starts a server in the background, in a session of its own (so that Ctrl-C
# reaches the caller's trap first), and waits until CHECK succeeds.
launch() { # NAME CHECK COMMAND...
  local name=$1 check=$2 pid
  shift 2
  # so that it can be started again as it was; what made the first accounts is gone by then
  printf '%s\0' "$@" | grep -zv -- '^--init-file=' >"$DIR/$name/command"
  setsid "${AS_SERVER[@]}" "$@" </dev/null >>"$DIR/$name/log" 2>&1 &
  pid=$!
  echo "$pid" >"$DIR/$name/pid"
  for _ in $(seq 300); do
    sleep 0.1
    if "$check" >/dev/null 2>&1; then return 0; fi
    kill -0 "$pid" 2>/dev/null || return 1
  done
  return 1
}

# A port that was free may be taken when the server binds it: three tries.
with_port() { # NAME FUNCTION
  local name=$1 port
  for _ in 1 2 3; do
    port=$(free_port)
    if "$2" "$port"; then return 0; fi
    stop_server "$name"
    grep -qiE 'address already in use|could not bind|Bind on TCP/IP port' "$DIR/$name/log" || break
  done
  tail -n 20 "$DIR/$name/log" >&2
  say "error: $name did not start"
  return 1
}

wrapper() { # NAME LINE...: an executable DIR/bin/NAME
  local file="$DIR/bin/$1"
  shift
  { echo '#!/bin/sh'; printf '%s\n' "$@"; } >"$file"
  chmod 700 "$file"
}

# ---- PostgreSQL ----

start_pg() {
  local here="$DIR/pg"
  mkdir "$here"
  PG_BIN=$(pg_bindir)
  PG_PASSWORD=$(random_password)
  (umask 077 && printf '%s' "$PG_PASSWORD" >"$here/password")
  own "$here"
  prepare pg "$PG_BIN/initdb" -D "$here/data" -U postgres --pwfile="$here/password" --encoding=UTF8 --locale=C.UTF-8 \
    --auth=scram-sha-256 --no-sync || return 1
  rm "$here/password"
  with_port pg launch_pg
}

launch_pg() { # PORT
  local here="$DIR/pg" settings=() setting common=(max_connections=200 ssl=on
    "ssl_cert_file=$DIR/tls/server.pem" "ssl_key_file=$DIR/tls/server-key.pem" "ssl_ca_file=$DIR/tls/ca.pem")
  case $PROFILE in
    test) common+=(fsync=off synchronous_commit=off full_page_writes=off shared_buffers=64MB max_wal_size=512MB) ;;
    bench) common+=(synchronous_commit=off shared_buffers=1GB maintenance_work_mem=512MB max_wal_size=8GB) ;;
  esac
  for setting in "${common[@]}"; do settings+=(-c "$setting"); done
  (umask 077 && echo "127.0.0.1:$1:*:postgres:$PG_PASSWORD" >"$here.pgpass")
  # the caller's own settings must not lead elsewhere; arguments still can
  wrapper psql "unset PGHOSTADDR PGPASSWORD PGSERVICE" \
    "export PGHOST=127.0.0.1 PGPORT=$1 PGUSER=postgres PGDATABASE=postgres PGPASSFILE='$here.pgpass'" \
    "exec '$PG_BIN/psql' -X \"\$@\""
  launch pg check_pg "$PG_BIN/postgres" -D "$here/data" -p "$1" -k "$here" -h 127.0.0.1 "${settings[@]}" || return 1
  publish POSTGRESQL "postgres://postgres:$PG_PASSWORD@127.0.0.1:$1/postgres" psql
}
check_pg() { "$DIR/bin/psql" -Atqc 'select 1'; }

# ---- MariaDB and MySQL ----

# Both know these; client and server time zone tables are left out.
MY_COMMON=(--no-defaults --bind-address=127.0.0.1 --local-infile=1 --secure-file-priv= --character-set-server=utf8mb4 --skip-name-resolve)

my_client() { # NAME PORT PASSWORD: a wrapper around MariaDB's client, which reads its password from a file
  (umask 077 && printf '[client]\nhost=127.0.0.1\nport=%s\nprotocol=tcp\nuser=root\npassword=%s\ndefault-character-set=utf8mb4\n[mysql]\nlocal-infile=1\n' \
    "$2" "$3" >"$DIR/$1.cnf")
  wrapper "$1" "exec mariadb --defaults-file='$DIR/$1.cnf' \"\$@\""
}

my_accounts() { # FILE IDENTIFIED-BY: what runs at the server's start; MariaDB's own install makes accounts without a password
  local drop="''@'localhost', 'root'@'::1'" host
  host=$(uname -n)
  if [ "$host" != localhost ]; then drop="$drop, ''@'$host', 'root'@'$host'"; fi
  (umask 077 && printf '%s\n' \
    "ALTER USER 'root'@'localhost' $2;" \
    "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';" \
    "ALTER USER 'root'@'127.0.0.1' $2;" \
    "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;" \
    "DROP USER IF EXISTS $drop;" >"$1")
}

my_options() { # NAME PORT
  MY_OPTIONS=("${MY_COMMON[@]}" "--datadir=$DIR/$1/data" "--socket=$DIR/$1/socket" "--pid-file=$DIR/$1/server.pid"
    "--port=$2" "--ssl-ca=$DIR/tls/ca.pem" "--ssl-cert=$DIR/tls/server.pem" "--ssl-key=$DIR/tls/server-key.pem"
    --innodb-flush-log-at-trx-commit=2)
}

start_mariadb() {
  local here="$DIR/mariadb"
  mkdir "$here"
  MARIADB_PASSWORD=$(random_password)
  my_accounts "$here/init.sql" "IDENTIFIED BY '$MARIADB_PASSWORD'"
  own "$here"
  mariadb_home
  prepare mariadb "${MARIADB_BASE:+$MARIADB_BASE/bin/}mariadb-install-db" --no-defaults "${MARIADB_HOME[@]}" --datadir="$here/data" --auth-root-authentication-method=normal --skip-test-db \
    --innodb-log-file-size=48M || return 1
  with_port mariadb launch_mariadb
  rm -f "$here/init.sql"
}

# Another MariaDB than the installed one, where the caller names its base folder.
mariadb_home() {
  MARIADB_BASE=${DBFERRY_MARIADB_BASE:-} MARIADB_HOME=()
  if [ -n "$MARIADB_BASE" ]; then MARIADB_HOME=("--basedir=$MARIADB_BASE"); fi
}

launch_mariadb() { # PORT
  local server="$MARIADB_BASE/sbin/mariadbd"
  if [ -z "$MARIADB_BASE" ]; then server=$(command -v mariadbd || echo /usr/sbin/mariadbd); fi
  my_options mariadb "$1"
  if [ -n "$MARIADB_BASE" ]; then
    MARIADB_HOME+=("--lc-messages-dir=$MARIADB_BASE/share/mysql" "--plugin-dir=$MARIADB_BASE/lib/mysql/plugin")
  fi
  MY_OPTIONS+=("${MARIADB_HOME[@]}" --collation-server=utf8mb4_general_ci "--init-file=$DIR/mariadb/init.sql")
  case $PROFILE in
    test) MY_OPTIONS+=(--server-id=1 "--log-bin=$DIR/mariadb/binlog" --binlog-format=ROW --innodb-buffer-pool-size=128M --innodb-log-file-size=48M) ;;
    bench) MY_OPTIONS+=(--innodb-buffer-pool-size=3G --skip-log-bin) ;;
  esac
  my_client mariadb "$1" "$MARIADB_PASSWORD"
  launch mariadb check_mariadb "$server" "${MY_OPTIONS[@]}" || return 1
  publish MARIADB "mysql://root:$MARIADB_PASSWORD@127.0.0.1:$1/" mariadb
}
check_mariadb() { "$DIR/bin/mariadb" -e 'select 1'; }

# MYSQL_ROOT is where mysql_root of install.sh unpacked it
start_mysql() {
  local here="$DIR/mysql"
  mkdir "$here"
  MYSQL_PASSWORD=$(random_password)
  my_accounts "$here/init.sql" "IDENTIFIED BY '$MYSQL_PASSWORD'"
  own "$here"
  mysqld_command
  prepare mysql "${MYSQLD[@]}" --no-defaults "${MYSQL_HOME[@]}" --initialize-insecure --datadir="$here/data" \
    --innodb-redo-log-capacity=32M "--init-file=$here/init.sql" || return 1
  rm -f "$here/init.sql"
  with_port mysql launch_mysql
}

# Its own loader and libraries, since it was built against a newer C library than the machine's.
mysqld_command() {
  local loaders=("$MYSQL_ROOT"/usr/lib*/ld-linux*.so.* "$MYSQL_ROOT"/usr/lib/*-linux-gnu*/ld-linux*.so.*) loader
  for loader in "${loaders[@]}"; do [ -x "$loader" ] && break; done
  local libraries
  libraries=$(echo "$MYSQL_ROOT"/usr/lib/*-linux-gnu*)
  MYSQLD=("$loader" --library-path "${libraries// /:}:$MYSQL_ROOT/usr/lib/mysql/private" "$MYSQL_ROOT/usr/sbin/mysqld")
  MYSQL_HOME=("--basedir=$MYSQL_ROOT/usr" "--lc-messages-dir=$MYSQL_ROOT/usr/share/mysql" "--plugin-dir=$MYSQL_ROOT/usr/lib/mysql/plugin")
}

launch_mysql() { # PORT
  my_options mysql "$1"
  MY_OPTIONS+=("${MYSQL_HOME[@]}" --mysqlx=OFF)
  case $PROFILE in
    test) MY_OPTIONS+=(--innodb-buffer-pool-size=128M --innodb-redo-log-capacity=96M --sync-binlog=0) ;;
    bench) MY_OPTIONS+=(--innodb-buffer-pool-size=3G --innodb-redo-log-capacity=2G --skip-log-bin) ;;
  esac
  my_client mysql "$1" "$MYSQL_PASSWORD"
  launch mysql check_mysql "${MYSQLD[@]}" "${MY_OPTIONS[@]}" || return 1
  publish MYSQL "mysql://root:$MYSQL_PASSWORD@127.0.0.1:$1/" mysql
}
check_mysql() { "$DIR/bin/mysql" -e 'select 1'; }

# ---- what the tests read ----

# One file per server: they start in parallel.
publish() { # DB URL CLIENT
  local var="DBFERRY_TEST_$1"
  (umask 077 && printf "export %s='%s'\n" "${var}_URL" "$2" "${var}_CLIENT" "$DIR/bin/$3" >"$DIR/env.$3")
}

stop_server() { # NAME
  local pid signal=TERM
  if pid=$(cat "$DIR/$1/prepare.pid" 2>/dev/null) && is_ours "$pid" "$DIR"; then kill -s KILL -- "-$pid" || true; fi
  pid=$(cat "$DIR/$1/pid" 2>/dev/null) || return 0
  # PostgreSQL's SIGTERM waits for sessions to end; SIGINT ends them
  if [ "$1" = pg ]; then signal=INT; fi
  stop_pid "$pid" "$DIR" "$signal"
}

restart_server() { # NAME SIGNAL
  local name=$1 pid command=()
  [ -f "$DIR/$name/command" ] || die "$DIR holds no $name"
  mapfile -d '' -t command <"$DIR/$name/command"
  pid=$(cat "$DIR/$name/pid")
  stop_pid "$pid" "$DIR" "$2"
  # what is left of a killed server may hold its port and memory for a moment
  for _ in 1 2 3 4 5; do
    if launch "$name" "check_$name" "${command[@]}"; then return 0; fi
    sleep 1
  done
  tail -n 20 "$DIR/$name/log" >&2
  die "$name did not start again"
}
