"""The data set of benches/data: its tables, how it is generated and loaded, and the databases derived from it."""
import os, re, shutil, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "benches", "data")
WHOLE = "mx"  # all ten tables
BIG = "sales$order"  # the largest of them
BIG_DATABASE = "big"  # that table alone, with its primary key and no other index
EMPTY = {"one empty table": ("one", 1), "1,000 empty tables": ("thousand", 1000)}
TARGET = "bench_target"


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def parse_my_schema():
    """The tables of my_schema.sql without their secondary keys, those keys as ALTER statements, and all columns."""
    tables, keys, columns = {}, [], {}
    types = r"bigint|varchar|text|decimal|datetime|tinyint|bit|int|longblob"
    for table, body in re.findall(r"create table `([^`]+)` \((.*)\);", read("my_schema.sql")):
        found = re.findall(r", ?((?:unique )?key `[^`]+`\([^)]*\))", body)
        for key in found:
            body = body.replace(key, "\0")
        tables[table] = f"create table `{table}` ({re.sub(r', ?' + chr(0), '', body)});"
        if found:
            keys.append((table, f"alter table `{table}` {', '.join('add ' + key for key in found)};"))
        columns[table] = [c.strip("`") for c in re.findall(rf"(?:^|, ?)(`[^`]+`|\w+) (?:{types})", body)]
    return tables, keys, columns


def parse_pg(name):
    """Statements of a PostgreSQL file, each with the table it is about."""
    statements = [s.strip() for s in read(name).split(";") if s.strip()]
    return [(re.search(r'(?:table|on) "([^"]+)"', s).group(1), s) for s in statements]


MY_TABLES, MY_KEYS, COLUMNS = parse_my_schema()
PG_TABLES, PG_INDEXES = dict(parse_pg("pg_tables.sql")), parse_pg("pg_indexes.sql")
PG_BIG_KEY = next(s for t, s in PG_INDEXES if t == BIG and "primary key" in s)


def quoted(kind, name):
    return f'"{name}"' if kind == "pg" else f"`{name}`"


def copies_name(factor):
    return BIG_DATABASE if factor == 1 else f"big_{str(factor).replace('.', '_')}"


class DataSet:
    """The data at one scale: rows and bytes (of text) of every table."""

    def __init__(self, servers, scale, folder):
        self.servers, self.scale, self.folder = servers, scale, os.path.join(folder, "data")
        self.rows, self.bytes = {}, {}

    def generate(self):
        generator = os.path.join(FOLDER, "gen.py")
        subprocess.run([sys.executable, generator, self.folder, str(self.scale)], check=True)
        for table in COLUMNS:
            path = os.path.join(self.folder, table.replace("$", "_") + ".tsv")
            self.bytes[table] = os.path.getsize(path)
            with open(path, "rb") as file:
                self.rows[table] = sum(1 for _ in file)

    def load(self, kind):
        script = os.path.join(ROOT, "scripts", "lib", "load.sh")
        subprocess.run([script, kind, self.servers.client[kind], self.folder], check=True)

    def remove_files(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def total(self, tables=None):
        """Rows and bytes of some tables, all unless named."""
        names = list(COLUMNS) if tables is None else tables
        return sum(self.rows[t] for t in names), sum(self.bytes[t] for t in names)

    def derive_big(self, kind, factor):
        """A database with `factor` times the rows of the big table, its primary key and no other index."""
        name, table = copies_name(factor), quoted(kind, BIG)
        self.servers.create(kind, name)
        part = max(1, int(self.rows[BIG] * min(1, factor)))
        columns = ", ".join(quoted(kind, c) for c in COLUMNS[BIG][1:])
        if kind == "pg":
            self.derive_pg(name, table, columns, part, factor)
            return
        copy = [f"insert into {table} select id + {n << 40}, {columns} from {WHOLE}.{table} order by id limit {part};"
                for n in range(max(1, int(factor)))]
        self.servers.sql(kind, MY_TABLES[BIG] + "".join(copy) + f"analyze table {table};", name)

    def derive_pg(self, name, table, columns, part, factor):
        """PostgreSQL has no statement across databases: the rows go through a pipe of its own client."""
        client = self.servers.client["pg"]
        self.servers.sql("pg", PG_TABLES[BIG] + ";", name)
        for n in range(max(1, int(factor))):
            select = f"copy (select id + {n << 40}, {columns} from {table} order by id limit {part}) to stdout (format binary)"
            with subprocess.Popen([client, "-d", WHOLE, "-qc", select], stdout=subprocess.PIPE) as out:
                subprocess.run([client, "-d", name, "-qc", f"copy {table} from stdin (format binary)"],
                               stdin=out.stdout, check=True)
        self.servers.sql("pg", PG_BIG_KEY + ";", name)
        self.servers.sql("pg", "vacuum analyze;", name)

    def derive_empty(self, kind, name, tables):
        self.servers.create(kind, name)
        create = "create table empty_{0} (id bigint not null primary key, name varchar(200), changed timestamp null, note text);"
        self.servers.sql(kind, "".join(create.format(n) for n in range(tables)), name)
