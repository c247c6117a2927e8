"""What the figures must reach, as data, and whether they do."""
from dataclasses import dataclass
from statistics import median
from typing import Optional


@dataclass(frozen=True)
class Limit:
    """A bound on a measure of one side, alone or against another side of its case."""
    work: str
    case: str
    side: str
    measure: str
    bound: float
    against: Optional[str] = None
    # "ratio" to the other side, "difference" to it, "share" of this side that the difference is, or the "value" alone
    how: str = "ratio"
    at_least: bool = False
    # only holds for the data set at scale 1
    full_scale: bool = False


MY_PG, PG_PG = "MariaDB → PostgreSQL", "PostgreSQL → PostgreSQL"
WHOLE = ("mariadb-pg", "pg-mariadb", "pg-pg", "mariadb-mariadb", "mariadb-mysql")
LIMITS = tuple(Limit(f"{pair}, whole, verified", f"whole/{pair}", "dbferry", "wall", 1.0, "pipe") for pair in WHOLE) + (
    Limit(f"{MY_PG}, one table", "data/mariadb-pg", "dbferry", "wall", 0.50, "pipe"),
    Limit(f"{MY_PG}, one table and its key", "data/mariadb-pg", "dbferry", "wall", 0.50, "pipe, no key"),
    Limit(f"{MY_PG}, one table", "data/mariadb-pg", "dbferry", "wall", 0.14, "pgloader"),
    Limit(f"{MY_PG}, one table", "data/mariadb-pg", "dbferry", "client", 1.0, how="value", full_scale=True),
    Limit(f"{MY_PG}, whole, verified", "whole/mariadb-pg", "dbferry", "wall", 0.85, "pipe"),
    Limit(f"{MY_PG}, whole, verified", "whole/mariadb-pg", "dbferry", "wall", 0.40, "pgloader"),
    Limit(f"{PG_PG}, whole, verified", "whole/pg-pg", "dbferry", "wall", 0.85, "pgcopydb"),
    Limit(f"{PG_PG}, whole, unverified", "whole/pg-pg", "dbferry, unverified", "wall", 0.85, "pgcopydb"),
    Limit(f"{PG_PG}, whole, unverified", "whole/pg-pg", "dbferry, unverified", "client", 0.5, how="value", full_scale=True),
    Limit("PostgreSQL → MariaDB, one table", "data/pg-mariadb", "dbferry", "wall", 1.05, "pipe"),
    Limit("PostgreSQL → MariaDB, one table", "data/pg-mariadb", "dbferry", "wall", 0.12, "sling"),
    Limit("MariaDB → MariaDB, one table", "data/mariadb-mariadb", "dbferry", "wall", 1.0, "mariadb-dump pipe"),
    Limit("HSQLDB → PostgreSQL", "hsqldb/in", "dbferry", "wall", 1.2, "psql, binary file"),
    Limit("reading back, of the whole run", "verification", "checksum", "wall", 0.25, "none", how="share"),
    Limit(f"three times the rows, {MY_PG}", "scale/mariadb-pg", "3×", "rate", 0.95, "1×", at_least=True),
    Limit("three times the rows, PostgreSQL → MariaDB", "scale/pg-mariadb", "3×", "rate", 0.95, "1×", at_least=True),
    Limit("1,000 empty tables", "empty", "1,000 empty tables", "wall", 5.0, "one empty table", how="difference", full_scale=True),
)
PEAK_MB = 120  # of dbferry at two lanes, in every case
STREAM_CHECKSUM = 0.08  # client CPU that hashing on the way may add
UNITS = {"wall": " s", "client": " s", "rate": ""}
NAMES = {"wall": "time", "client": "client CPU", "rate": "rows/s"}


def medians(results, case, side):
    """Medians of the runs that went well, or None. CPU is that of client and servers together."""
    runs = [r for r in results.runs if r["case"] == case and r["side"] == side and r["ok"]]
    if not runs:
        return None
    figures = {k: median(r[k] for r in runs) for k in ("wall", "client", "others", "peak_mb")}
    figures["server"] = {k: median(r["server"].get(k, 0) for r in runs) for k in runs[0]["server"]}
    figures["cpu"] = median(r["client"] + sum(r["server"].values()) for r in runs)
    figures.update(rows=runs[0]["rows"], bytes=runs[0]["bytes"], runs=len(runs), title=runs[0]["title"])
    figures["rate"] = figures["rows"] / figures["wall"]
    return figures


def judge(limit, results):
    """The limit in words, what was measured, and whether it is met; None where it was not measured."""
    own = medians(results, limit.case, limit.side)
    other = medians(results, limit.case, limit.against) if limit.against else None
    if not own or (limit.against and not other) or (limit.full_scale and results.head.get("scale") != 1):
        return None
    value, base = own[limit.measure], other[limit.measure] if other else 0
    ratio, share = value / base if base else 0, (value - base) / value
    measured = {"value": value, "difference": value - base, "ratio": ratio, "share": share}[limit.how]
    sign, unit = ("≥" if limit.at_least else "≤"), "" if limit.how in ("ratio", "share") else UNITS[limit.measure]
    relation = {"ratio": f" × {limit.against}", "difference": f" more than {limit.against}"}
    must = f"{NAMES[limit.measure]} {sign} {limit.bound:g}{unit}{relation.get(limit.how, '')}"
    if limit.how == "share":
        must = f"≤ {limit.bound:.0%}"
        return limit.work, must, f"{measured:.0%}", measured <= limit.bound
    met = measured >= limit.bound if limit.at_least else measured <= limit.bound
    return limit.work, must, f"{measured:.2f}{unit}", met


def peak(results):
    """The largest memory of any run of dbferry at two lanes."""
    own = [r for r in results.runs if r["ok"] and r["own"] and r["case"] != "lanes"]
    if not own:
        return None
    most = max(own, key=lambda r: r["peak_mb"])
    measured = f"{most['peak_mb']:.0f} MB ({most['case']})"
    return "peak memory, every case", f"≤ {PEAK_MB} MB at two lanes", measured, most["peak_mb"] <= PEAK_MB


def stream_checksum(results):
    """Hashing per row, by the micro-benchmark, against the client CPU of a copy that hashes nothing."""
    rows = {m["function"]: m["ns"] for m in results.micro if m["group"] == "lane/MariaDB to PostgreSQL"}
    plain = medians(results, "data/mariadb-pg", "dbferry")
    if not plain or not {"plain", "hashed"} <= set(rows):
        return None
    share = (rows["hashed"] - rows["plain"]) * 1e-9 * plain["rows"] / plain["client"]
    return "checksum on the stream", f"client CPU ≤ {STREAM_CHECKSUM:.0%} more", f"{share:.0%}", share <= STREAM_CHECKSUM


def verdicts(results):
    """Every limit that this run can tell about."""
    found = [judge(limit, results) for limit in LIMITS] + [stream_checksum(results), peak(results)]
    return [verdict for verdict in found if verdict]
