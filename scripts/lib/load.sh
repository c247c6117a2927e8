#!/usr/bin/env bash
# Loads the data set of benches/data into a database `mx`.
#
#   scripts/lib/load.sh mariadb|mysql|pg CLIENT DATA
#
# CLIENT is a client of scripts/servers, DATA a folder gen.py wrote.
# shellcheck disable=SC2016 # Mendix table names hold dollar signs
set -euo pipefail
KIND=$1 CLIENT=$2 DATA=$3
SQL=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../benches/data" && pwd)

load_my() { # TABLE COLUMNS...
  echo "load data local infile '$DATA/${1//$/_}.tsv' into table \`$1\` character set utf8mb4 ${2:-};"
}

case $KIND in
  mariadb | mysql)
    "$CLIENT" <"$SQL/my_schema.sql"
    {
      for table in 'sales$order' 'sales$order_customer' 'sales$order_product' 'sales$customer' 'sales$product' \
        'system$language' 'mendixsystem$entity' 'system$userrole'; do load_my "$table"; done
      load_my 'system$user' '(id, name, password, lastlogin, @a, @b) set active = cast(@a as signed), blocked = cast(@b as signed)'
      load_my 'system$filedocument' '(id, name, @c, createddate) set contents = unhex(@c)'
    } | "$CLIENT" mx
    ;;
  pg)
    export PGOPTIONS="-c client_min_messages=warning"
    "$CLIENT" -q -v ON_ERROR_STOP=1 -c 'drop database if exists mx' -c "create database mx encoding 'UTF8' template template0"
    "$CLIENT" -q -v ON_ERROR_STOP=1 -d mx -f "$SQL/pg_tables.sql"
    for table in 'sales$order' 'sales$order_customer' 'sales$order_product' 'sales$customer' 'sales$product' \
      'system$user' 'system$filedocument' 'system$language' 'mendixsystem$entity' 'system$userrole'; do
      file="$DATA/${table//$/_}.tsv"
      if [ "$table" = 'system$filedocument' ]; then
        # hex becomes bytea: \x in front, its backslash escaped for COPY
        awk -F'\t' -v OFS='\t' '{ $3 = "\\\\x" $3; print }' "$file"
      else
        cat "$file"
      fi | "$CLIENT" -q -v ON_ERROR_STOP=1 -d mx -c "copy \"$table\" from stdin"
    done
    "$CLIENT" -q -v ON_ERROR_STOP=1 -d mx -f "$SQL/pg_indexes.sql" -c 'vacuum analyze'
    ;;
  *) echo "error: $KIND: want mariadb, mysql or pg" >&2; exit 2 ;;
esac
