"""The comparisons: whole databases, one large table alone, and built-in databases, each against other tools."""
import os, shutil, subprocess
from shlex import quote

from . import hsqldb
from .dataset import BIG, BIG_DATABASE, TARGET, WHOLE
from .pipes import Pipe, middle
from .servers import TITLES
from .side import Case, Side

PAIRS = {"mariadb-pg": ("mariadb", "pg"), "pg-mariadb": ("pg", "mariadb"), "pg-pg": ("pg", "pg"),
         "mariadb-mariadb": ("mariadb", "mariadb"), "mariadb-mysql": ("mariadb", "mysql")}
# On PostgreSQL the pipe without a key is a reference only: dbferry and the other pipe make it.
NO_KEY, NO_KEY_ROUNDS = "pipe, no key", 3
OTHER_ROUNDS = 3  # of whole databases for which there is no limit
HSQLDB_ROWS = 2_000_000


def arrow(pair):
    return " → ".join(TITLES[kind] for kind in PAIRS[pair])


class Cases:
    """Builds cases; servers, data and tools are at hand."""

    def __init__(self, servers, data, dbferry, peers, folder):
        self.servers, self.data, self.dbferry, self.peers, self.folder = servers, data, dbferry, peers, folder

    def copy(self, pair, database, verify, tables=None, *options):
        """dbferry as a side."""
        source, target = PAIRS[pair]
        command, env = self.dbferry.command((source, database), (target, TARGET), "--verify", verify, *options)
        return self.sized(Side(command, env, own=True), tables)

    def sized(self, side, tables=None):
        side.rows, side.bytes = self.data.total(tables)
        return side

    def case(self, name, title, pair, sides, tables=None, **more):
        """A case whose target is made anew before every run and must hold all rows afterwards."""
        target = PAIRS[pair][1]
        expected = {t: self.data.rows[t] for t in tables or self.data.rows}
        present = {side: made for side, made in sides.items() if made}
        return Case(name, title, {n: self.sized(s, tables) for n, s in present.items()}, kinds=tuple(dict.fromkeys(PAIRS[pair])),
                    before=lambda: self.servers.fresh_target(target),
                    check=lambda: self.servers.counts(target, TARGET, tables) == expected, **more)

    def whole(self, pair):
        source, target = PAIRS[pair]
        half = middle(self.servers, source, WHOLE, self.data.rows[BIG])
        sides = {"dbferry": self.copy(pair, WHOLE, "checksum"),
                 "pipe": Side(Pipe(self.servers, source, WHOLE, target).whole(half))}
        if pair == "mariadb-pg":
            sides["pgloader"] = self.peers.pgloader(WHOLE)
        if pair == "pg-pg":
            sides["dbferry, unverified"] = self.copy(pair, WHOLE, "none")
            sides["pgcopydb"] = self.peers.pgcopydb(WHOLE)
        rounds = None if pair in ("mariadb-pg", "pg-pg") else OTHER_ROUNDS
        return self.case(f"whole/{pair}", f"{arrow(pair)}, whole database", pair, sides, rounds=rounds)

    def big(self, pair):
        source, target = PAIRS[pair]
        half = middle(self.servers, source, BIG_DATABASE, self.data.rows[BIG])
        pipe = Pipe(self.servers, source, BIG_DATABASE, target)
        sides = {"dbferry": self.copy(pair, BIG_DATABASE, "none", [BIG])}
        if pair == "mariadb-mariadb":
            sides["mariadb-dump pipe"] = Side(pipe.dump_big())
        else:
            sides["pipe"] = Side(pipe.big(half))
            sides["sling"] = self.peers.sling(source, BIG_DATABASE, target)
        if pair == "mariadb-pg":
            sides[NO_KEY] = Side(pipe.big(half, key=False), rounds=NO_KEY_ROUNDS)
            sides["pgloader"] = self.peers.pgloader(BIG_DATABASE)
        return self.case(f"data/{pair}", f"{arrow(pair)}, `{BIG}`", pair, sides, [BIG])

    def hsqldb_in(self):
        """Against psql, which has the rows in a file of its own binary form already; both sides make key and index."""
        rows, source = max(1, int(HSQLDB_ROWS * self.data.scale)), os.path.join(self.folder, "built-in")
        size, file, made = hsqldb.make(source, rows), os.path.join(self.folder, "rows"), "built_in"
        self.servers.create("pg", made)
        self.run(self.dbferry.command(("hsqldb", source), ("pg", made), "--verify", "none"))
        client = self.servers.client["pg"]
        self.run(([client, "-q", "-d", made, "-c", f"\\copy \"{BIG}\" to '{file}' (format binary)"], None))
        self.servers.drop("pg", made)
        statements = (hsqldb.PG_TABLE, f"\\copy \"{BIG}\" from '{file}' (format binary)", *hsqldb.PG_KEYS)
        psql = [client, "-q", "-v", "ON_ERROR_STOP=1", "-d", TARGET] + [word for s in statements for word in ("-c", s)]
        sides = self.both_ways(("hsqldb", source), ("pg", TARGET))
        sides["psql, binary file"] = Side(psql)
        return self.hsqldb_case("hsqldb/in", f"HSQLDB → PostgreSQL, `{BIG}`", sides, rows, size,
                                before=lambda: self.servers.fresh_target("pg"),
                                check=lambda: self.servers.counts("pg", TARGET, [BIG]) == {BIG: rows},
                                after=lambda: (os.remove(file), shutil.rmtree(source)))

    def hsqldb_out(self):
        """Against psql, which only writes a text file; it is on the disk at the end, as the built-in database is."""
        rows, size = self.data.total([BIG])
        built, file = os.path.join(self.folder, "built"), os.path.join(self.folder, "rows.txt")
        sides = self.both_ways(("pg", BIG_DATABASE), ("hsqldb", built))
        copy = [self.servers.client["pg"], "-q", "-d", BIG_DATABASE, "-c", f"\\copy \"{BIG}\" to '{file}'"]
        synced = f"{' '.join(map(quote, copy))} && sync --data {quote(file)}"
        sides["psql, text file"] = Side(["bash", "-c", synced], check=lambda: hsqldb.rows_of(file) == rows)
        insert = f'INSERT INTO "{BIG}"'.encode()
        return self.hsqldb_case("hsqldb/out", f"PostgreSQL → HSQLDB, `{BIG}`", sides, rows, size,
                                before=lambda: shutil.rmtree(built, ignore_errors=True),
                                check=lambda: hsqldb.rows_of(hsqldb.script_path(built), insert) == rows,
                                after=lambda: shutil.rmtree(built, ignore_errors=True))

    def both_ways(self, source, target):
        """dbferry without verification, as psql verifies nothing, and with it."""
        return {name: Side(*self.dbferry.command(source, target, "--verify", verify), own=True)
                for name, verify in {"dbferry": "none", "dbferry, checksum": "checksum"}.items()}

    def hsqldb_case(self, name, title, sides, rows, size, **more):
        for side in sides.values():
            side.rows, side.bytes = rows, size
        return Case(name, title, sides, kinds=("pg",), **more)

    def run(self, command):
        """A preparation that must succeed."""
        subprocess.run(command[0], env=command[1], check=True, stdout=subprocess.DEVNULL)
