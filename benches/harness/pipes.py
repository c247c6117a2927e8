"""The stock pipe: what a careful administrator does by hand with the databases' own clients.

Two streams over the tables (the largest is split by key), then keys and indexes in two sessions; between MariaDB and
MySQL, mariadb-dump into the client, which makes the keys first. It verifies nothing.
"""
from shlex import quote

from .dataset import BIG, COLUMNS, MY_KEYS, MY_TABLES, PG_BIG_KEY, PG_INDEXES, PG_TABLES, TARGET, quoted

STREAMS = (["sales$order_customer", "sales$customer", "system$user", "system$language", "mendixsystem$entity"],
           ["sales$order_product", "sales$product", "system$filedocument", "system$userrole"])
# Columns whose text form differs between the engines: (read from MariaDB, read from PostgreSQL, LOAD DATA's conversion)
BIT = ("{0}+0", "{0}::int", "{0} = cast(@{0} as signed)")
SPECIAL = {("system$user", "active"): BIT, ("system$user", "blocked"): BIT,
           (BIG, "isactive"): ("{0}", "{0}::int", "{0} = @{0}"),
           ("system$filedocument", "contents"):
               ("concat('\\\\x', hex({0}))", "encode({0}, 'hex')", "{0} = unhex(@{0})")}


class Pipe:
    """Writes the pipe from one database to the target as a bash script."""

    def __init__(self, servers, source, database, target):
        self.source, self.database, self.target = source, database, target
        client = servers.client
        self.out = f"{client[source]} -d {database} -qc" if source == "pg" else f"{client[source]} --quick -N -B -D {database} -e"
        self.into = f"{client['pg']} -q -v ON_ERROR_STOP=1 -d {TARGET}" if target == "pg" else f"{client[target]} -D {TARGET}"
        self.run = f"{self.into} -c" if target == "pg" else f"{self.into} -e"
        self.dump = (f"mariadb-dump --defaults-file={servers.folder}/{source}.cnf --quick --single-transaction "
                     "--no-tablespaces --skip-add-locks")

    def select(self, table, where):
        side = 1 if self.source == "pg" else 0
        forms = (SPECIAL.get((table, c), ("{0}", "{0}"))[side].format(quoted(self.source, c)) for c in COLUMNS[table])
        return f"select {', '.join(forms)} from {quoted(self.source, table)}{where}"

    def copy(self, table, where=""):
        """One table, or a part of it, through one pipe."""
        name = quoted(self.target, table)
        if (self.source, self.target) == ("pg", "pg"):
            select = f"copy (select * from {name}{where}) to stdout (format binary)"
            return f"{self.out} {quote(select)} | {self.run} {quote(f'copy {name} from stdin (format binary)')}"
        if self.target == "pg":
            copy_in = f"copy {name} from stdin (null 'NULL')"
            return f"{self.out} {quote(self.select(table, where))} | {self.run} {quote(copy_in)}"
        if self.source == "pg":
            select = f"copy ({self.select(table, where)}) to stdout"
            return f"{self.out} {quote(select)} | {self.run} {quote(self.load_data(table))}"
        condition = f" --where={quote(where.removeprefix(' where '))}" if where else ""
        return f"{self.dump} --no-create-info{condition} {self.database} {quote(table)} | {self.into}"

    def load_data(self, table):
        special = [c for c in COLUMNS[table] if (table, c) in SPECIAL]
        names = ", ".join(f"@{c}" if c in special else f"`{c}`" for c in COLUMNS[table])
        sets = ", ".join(SPECIAL[(table, c)][2].format(c) for c in special)
        load = f"load data local infile '/dev/stdin' into table `{table}` character set utf8mb4 ({names})"
        return load + (f" set {sets}" if sets else "")

    def halves(self, middle):
        return [self.copy(BIG, where) for where in (f" where id < {middle}", f" where id >= {middle}")]

    def whole(self, middle):
        """All tables with their keys and indexes."""
        if "pg" not in (self.source, self.target):  # a dump makes the keys with the tables
            begin, finish = f"{self.dump} --no-data {self.database} | {self.into}", []
        else:
            tables = PG_TABLES if self.target == "pg" else MY_TABLES
            indexes = PG_INDEXES if self.target == "pg" else MY_KEYS
            begin = f"{self.run} {quote(joined(tables.values()))}"
            groups = [[s for t, s in indexes if (t == BIG) == big] for big in (True, False)]
            finish = [f"{self.run} {quote(joined(group))}" for group in groups]
        halves = self.halves(middle)
        streams = ["; ".join([halves[i]] + [self.copy(table) for table in STREAMS[i]]) for i in (0, 1)]
        return script(begin, streams, finish)

    def big(self, middle, key=True):
        """The largest table alone; on PostgreSQL with or without its primary key, which InnoDB needs from the start."""
        if self.target != "pg":
            return script(f"{self.run} {quote(MY_TABLES[BIG])}", self.halves(middle), [])
        return script(f"{self.run} {quote(PG_TABLES[BIG])}", self.halves(middle),
                      [f"{self.run} {quote(PG_BIG_KEY)}"] if key else [])

    def dump_big(self):
        return ["bash", "-c", f"set -euo pipefail\n{self.dump} {self.database} {quote(BIG)} | {self.into}"]


def joined(statements):
    return " ".join(statement.rstrip(";") + ";" for statement in statements)


def script(begin, streams, finish):
    """Both streams side by side, and what comes after them."""
    lines = ["set -euo pipefail", begin]
    for commands in (streams, finish):
        lines += [f"{{ {c}; }} & pids=\"${{pids:-}} $!\"" for c in commands[1:]]
        lines += commands[:1] + (["for pid in ${pids:-}; do wait $pid; done; pids="] if len(commands) > 1 else [])
    return ["bash", "-c", "\n".join(lines) + "\n"]


def middle(servers, kind, database, rows):
    """The key in the middle of the largest table."""
    table = quoted(kind, BIG)
    return servers.sql(kind, f"select id from {table} order by id limit 1 offset {rows // 2};", database).strip()
