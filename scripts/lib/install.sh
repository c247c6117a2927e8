# shellcheck shell=bash
# Gets the database servers the tests run against. Sourced by scripts/servers.

# The newest PostgreSQL server under the distribution's folder; the one on PATH may be a wrapper or a lone client.
pg_bindir() {
  local dir best="${DBFERRY_PG_BIN:-}"
  if [ -n "$best" ]; then echo "$best" && return; fi
  for dir in /usr/lib/postgresql/*/bin; do
    [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && best=$(printf '%s\n%s\n' "$best" "$dir" | sort -V | tail -n 1)
  done
  if [ -z "$best" ] && command -v initdb >/dev/null; then best=$(dirname "$(readlink -f "$(command -v initdb)")"); fi
  [ -n "$best" ] && echo "$best"
}

missing_packages() { # SERVER...
  local server
  for server in "$@"; do
    case $server in
      pg) pg_bindir >/dev/null || echo postgresql ;;
      mariadb)
        [ -n "${DBFERRY_MARIADB_BASE:-}" ] || command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || echo mariadb-server
        command -v mariadb >/dev/null || echo mariadb-client
        ;;
      # its server comes from mysql_root below; MariaDB's client speaks to it
      mysql) command -v mariadb >/dev/null || echo mariadb-client ;;
    esac
  done | sort -u
  command -v openssl >/dev/null || echo openssl
}

# Installs packages without letting their services start: tests use private
# instances, and a developer's machine should not grow a listening database.
apt_install() { # PACKAGE...
  local policy=/usr/sbin/policy-rc.d saved="" status=0
  export DEBIAN_FRONTEND=noninteractive
  if [ -e "$policy" ]; then saved="$policy.before-dbferry" && mv "$policy" "$saved"; fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  {
    if ! compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null; then apt-get -qq update; fi
    apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends -y "$@" ||
      { apt-get -qq update && apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends -y "$@"; }
  } </dev/null >&2 || status=$?
  rm -f "$policy"
  if [ -n "$saved" ]; then mv "$saved" "$policy"; fi
  if [ -d /run/systemd/system ]; then
    case " $* " in *" mariadb-server "*) systemctl disable --quiet mariadb || true ;; esac
    case " $* " in *" postgresql "*) systemctl disable --quiet postgresql || true ;; esac
  fi
  return "$status"
}

install_missing() { # SERVER...
  local packages
  mapfile -t packages < <(missing_packages "$@")
  [ "${#packages[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    say "error: these packages are missing, and only root can install them:"
    say "  apt-get install --no-install-recommends ${packages[*]}"
    exit 2
  fi
  command -v apt-get >/dev/null || die "needs ${packages[*]}, and this machine has no apt-get"
  say "installing ${packages[*]}"
  apt_install "${packages[@]}" || die "apt-get could not install ${packages[*]}"
}

# Where downloads stay between runs. Root's home is closed to the user the servers run as.
cache_dir() {
  if [ -n "${DBFERRY_CACHE:-}" ]; then
    echo "$DBFERRY_CACHE"
  elif [ "$(id -u)" -eq 0 ]; then
    echo /var/cache/dbferry
  else
    echo "${XDG_CACHE_HOME:-$HOME/.cache}/dbferry"
  fi
}

# Debian stable has no MySQL. Debian unstable has, built against newer
# libraries than ours; so the package and every library below it (its C library
# and loader too) are unpacked into a folder of their own and never installed.
# Prints that folder.
mysql_root() {
  local home
  home="$(cache_dir)/mysql-sid"
  mkdir -p "$home" || return 1
  (
    flock 9
    [ -x "$home/root/usr/sbin/mysqld" ] || fetch_mysql "$home"
  ) 9>"$home/lock" >&2 || return 1
  if ! "${AS_SERVER[@]}" test -x "$home/root/usr/sbin/mysqld"; then
    say "the servers' user cannot read $home: set DBFERRY_CACHE to a folder it can"
    return 1
  fi
  echo "$home/root"
}

fetch_mysql() { # HOME
  local home=$1 apt="$1/apt" new="$1/new" uri keyring deb
  command -v apt-get >/dev/null || { say "no apt-get"; return 1; }
  # the mirror and keyring this machine itself is set up with
  read -r uri keyring < <(debian_mirror) || true
  if [ -z "${uri:-}" ] && [ "$(id -u)" -eq 0 ]; then
    apt-get -qq update || true
    read -r uri keyring < <(debian_mirror) || true
  fi
  [ -n "${uri:-}" ] || { say "apt's own configuration names no Debian archive"; return 1; }
  # apt prints the placeholder itself where a target has no keyring of its own
  case ${keyring:-} in /*) ;; *) keyring=/usr/share/keyrings/debian-archive-keyring.gpg ;; esac

  rm -rf "$apt" "$new"
  mkdir -p "$apt"/{lists,archives}/partial "$apt/none" "$new"
  echo "deb [signed-by=$keyring] $uri unstable main" >"$apt/sources.list"
  : >"$apt/status" # nothing counts as installed: the whole closure is wanted
  # The machine's settings (proxies, say) without its hooks, which belong to its own package lists.
  (umask 077 && {
    apt-config dump | grep -v 'Post-Invoke'
    printf '%s "%s";\n' Dir::Etc::Main "$apt/none/none" Dir::Etc::Parts "$apt/none" Dir::Etc::SourceList "$apt/sources.list" Dir::Etc::SourceParts "$apt/none" \
      Dir::Etc::PreferencesParts "$apt/none" Dir::State::Lists "$apt/lists" Dir::State::Status "$apt/status" Dir::Cache "$apt" \
      Dir::Cache::Archives "$apt/archives" Acquire::Languages none APT::Sandbox::User root Debug::NoLocking 1
  } >"$apt/apt.conf")
  local get=(env "APT_CONFIG=$apt/apt.conf" apt-get -qq)
  say "fetching MySQL from Debian unstable into $home"
  "${get[@]}" update </dev/null || { say "apt-get update of Debian unstable failed"; return 1; }
  "${get[@]}" install --download-only --no-install-recommends -y mysql-server-core </dev/null ||
    { say "apt-get could not download mysql-server-core"; return 1; }
  # usr-merged: some packages still ship files in /lib
  mkdir -p "$new/usr"/{bin,lib,lib64,sbin}
  for deb in bin lib lib64 sbin; do ln -s "usr/$deb" "$new/$deb"; done
  for deb in "$apt"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --no-same-owner -C "$new" || return 1
  done
  [ -x "$new/usr/sbin/mysqld" ] || { say "mysql-server-core holds no mysqld"; return 1; }
  rm -rf "$home/root" "$apt"
  chmod 755 "$home"
  mv "$new" "$home/root"
}

debian_mirror() {
  # shellcheck disable=SC2016 # apt's own placeholders
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)|$(SIGNED_BY)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3, $4; exit }'
}
