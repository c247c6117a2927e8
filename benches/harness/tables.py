"""Results as Markdown tables."""
from .limits import medians, verdicts
from .servers import TITLES

DBFERRY = "dbferry"
SERVERS = ("pg", "mariadb", "mysql")
COMPARED = ["dbferry ÷ it, time", "dbferry ÷ it, CPU"]


def markdown(headings, rows):
    """A table; every column but the first is aligned to the right."""
    lines = ["| " + " | ".join(headings) + " |", "| --- |" + " ---: |" * (len(headings) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def sides_of(results, case):
    return list(dict.fromkeys(run["side"] for run in results.runs if run["case"] == case))


def cases_of(results):
    return list(dict.fromkeys(run["case"] for run in results.runs))


def headings(kinds, compared):
    return ["", "rounds", "wall s", "client CPU s", *(f"{TITLES[k]} CPU s" for k in kinds), "peak MB", "k rows/s", "MB/s",
            *(COMPARED if compared else []), "others' CPU s"]


def row(results, case, side, kinds, compared):
    """One side's medians, and how dbferry compares with it."""
    own = medians(results, case, side)
    if own is None:
        note = next(r["note"] for r in results.runs if r["case"] == case and r["side"] == side and not r["ok"])
        return [side, f"failed: {note}"] + ["–"] * (len(headings(kinds, compared)) - 2)
    failed = sum(not r["ok"] for r in results.runs if r["case"] == case and r["side"] == side)
    rounds = str(own["runs"]) + (f" ({failed} failed)" if failed else "")
    servers = [f"{own['server'].get(k, 0):.2f}" for k in kinds]
    rate = [f"{own['rate'] / 1000:.0f}", f"{own['bytes'] / own['wall'] / 1e6:.0f}"] if own["rows"] else ["–", "–"]
    return [side, rounds, f"{own['wall']:.2f}", f"{own['client']:.2f}", *servers, f"{own['peak_mb']:.0f}", *rate,
            *(ratios(results, case, side, own) if compared else []), f"{own['others']:.1f}"]


def ratios(results, case, side, own):
    subject = medians(results, case, DBFERRY)
    if side == DBFERRY or not subject:
        return ["", ""]
    return [f"{subject[k] / own[k]:.2f}" if own[k] else "–" for k in ("wall", "cpu")]


def of_case(results, case):
    """A heading and the table of one case; empty if nothing was run."""
    sides = sides_of(results, case)
    if not sides:
        return ""
    runs = [run for run in results.runs if run["case"] == case]
    kinds, compared = [k for k in SERVERS if any(k in run["server"] for run in runs)], DBFERRY in sides
    rows = [row(results, case, side, kinds, compared) for side in sides]
    return f"### {runs[0]['title']}\n\n" + markdown(headings(kinds, compared), rows)


def of_limits(results):
    found = verdicts(results)
    rows = [[work, must, measured, "yes" if met else "**no**"] for work, must, measured, met in found]
    scale = results.head.get("scale")
    note = "" if scale == 1 else f"These bounds are for the data set at scale 1 and say little at scale {scale:g}.\n\n"
    return f"### What it must reach\n\n{note}" + markdown(["", "must", "measured", "met"], rows) if rows else ""


def of_machine(results):
    head = results.head
    if not head:
        return ""
    servers = ", ".join(head["servers"].values())
    missing = "".join(f" Without {peer}: {why}." for peer, why in head.get("missing", {}).items())
    return (f"Measured {head['date']} on {head['machine']}; {servers}; {head['dbferry']}, commit {head['commit']}; "
            f"data set at scale {head['scale']:g}.{missing}\n")


def everything(results):
    """All tables."""
    parts = [of_machine(results), of_limits(results), *(of_case(results, case) for case in cases_of(results)), of_micro(results)]
    return "\n".join(part for part in parts if part)


def of_micro(results):
    """Nanoseconds per value by type family, and per row where whole rows go through a lane."""
    groups = list(dict.fromkeys(m["group"] for m in results.micro))
    found = {(m["group"], m["function"]): m for m in results.micro}
    families = [g for g in groups if not g.startswith(("lane/", "splice"))]
    names = list(dict.fromkeys(m["function"] for m in results.micro if m["group"] in families))
    if not names:
        return ""
    cell = lambda group, name: f"{found[(group, name)]['ns']:.1f}" if (group, name) in found else "–"
    values = markdown(["ns per value", *families], [[name, *(cell(g, name) for g in families)] for name in names])
    lanes = [[m["group"].removeprefix("lane/"), m["function"], f"{m['ns']:.0f}", f"{m['bytes'] / m['ns'] * 1e3:.0f}"]
             for m in results.micro if m["group"] not in families]
    return "### Micro-benchmarks\n\n" + values + "\n" + markdown(["rows through a lane", "", "ns per row", "MB/s"], lanes)
