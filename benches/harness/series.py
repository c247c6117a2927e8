"""Series of dbferry alone: table size, lanes, verification, and many empty tables."""
from .cases import PAIRS, Cases, arrow
from .dataset import BIG, BIG_DATABASE, EMPTY, TARGET, WHOLE, copies_name
from .side import Case, Side

FACTORS = (0.1, 1, 3)
LANES = (1, 2, 3, 4)
PAIR = "mariadb-pg"
SCALE_PAIRS = ("mariadb-pg", "pg-mariadb")
ROUNDS, SCALE_ROUNDS = 3, 2


class Series(Cases):
    """Cases whose sides are dbferry with one thing changed."""

    def scale(self, pair):
        """One table at three sizes, with checksums: rows per second and memory."""
        source, target = PAIRS[pair]
        sides, counts = {}, {}
        for factor in FACTORS:
            if factor != 1:
                self.data.derive_big(source, factor)
            name = f"{factor}×"
            made = self.copy(pair, copies_name(factor), "checksum", [BIG])
            made.rows = self.servers.counts(source, copies_name(factor), [BIG])[BIG]
            made.bytes = int(made.bytes * made.rows / self.data.rows[BIG])
            made.check = lambda rows=made.rows: self.servers.counts(target, TARGET, [BIG]) == {BIG: rows}
            sides[name] = made
        return Case(f"scale/{pair}", f"{arrow(pair)}, `{BIG}` at three sizes", sides, kinds=tuple(dict.fromkeys(PAIRS[pair])),
                    before=lambda: self.servers.fresh_target(target), check=lambda: False, rounds=SCALE_ROUNDS,
                    after=lambda: [self.servers.drop(source, copies_name(f)) for f in FACTORS if f != 1])

    def lanes(self):
        sides = {f"{n} lane{'s' if n > 1 else ''}": self.copy(PAIR, BIG_DATABASE, "none", [BIG], "--jobs", str(n)) for n in LANES}
        return self.case("lanes", f"{arrow(PAIR)}, `{BIG}`, by lanes", PAIR, sides, [BIG], rounds=ROUNDS)

    def verification(self):
        sides = {how: self.copy(PAIR, WHOLE, how) for how in ("none", "counts", "checksum")}
        return self.case("verification", f"{arrow(PAIR)}, whole database, by verification", PAIR, sides, rounds=ROUNDS)

    def empty(self):
        """What a table costs that holds nothing."""
        source, target = PAIRS[PAIR]
        sides, aside = {}, []

        def before():
            aside.append(f"{TARGET}_{len(aside)}")
            self.servers.set_aside(target, aside[-1])

        def after():
            for database, _ in EMPTY.values():
                self.servers.drop(source, database)
            for database in aside:
                self.servers.drop(target, database)

        self.servers.fresh_target(target)
        for name, (database, tables) in EMPTY.items():
            self.data.derive_empty(source, database, tables)
            command, env = self.dbferry.command((source, database), (target, TARGET))
            count = "select count(*) from information_schema.tables where table_schema = 'public';"
            sides[name] = Side(command, env, own=True, check=lambda n=tables: int(self.servers.sql(target, count, TARGET)) == n)
        return Case("empty", f"{arrow(PAIR)}, tables without rows", sides, kinds=PAIRS[PAIR], rounds=ROUNDS,
                    before=before, check=lambda: False, after=after)


def catalogue():
    """Every case by name: the servers it needs, and what builds it from a `Series`. Those with limits come first."""
    whole = {f"whole/{pair}": (PAIRS[pair], lambda s, p=pair: s.whole(p)) for pair in PAIRS}
    cases = {name: whole.pop(name) for name in ("whole/mariadb-pg", "whole/pg-pg")}
    for pair in ("mariadb-pg", "pg-mariadb", "mariadb-mariadb"):
        cases[f"data/{pair}"] = (PAIRS[pair], lambda s, p=pair: s.big(p))
    cases["hsqldb/in"] = (("pg",), lambda s: s.hsqldb_in())
    cases["verification"] = (PAIRS[PAIR], lambda s: s.verification())
    cases["lanes"] = (PAIRS[PAIR], lambda s: s.lanes())
    cases["empty"] = (PAIRS[PAIR], lambda s: s.empty())
    for pair in SCALE_PAIRS:
        cases[f"scale/{pair}"] = (PAIRS[pair], lambda s, p=pair: s.scale(p))
    cases["hsqldb/out"] = (("pg",), lambda s: s.hsqldb_out())
    return {**cases, **whole}
