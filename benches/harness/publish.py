"""Writes the last results into benches/README.md, between its markers, and the plots beside it."""
import os, re
from statistics import median

from . import tables
from .dataset import BIG, ROOT
from .plots import Chart, Line, svg
from .series import LANES

README = os.path.join(ROOT, "benches", "README.md")
PLOTS = os.path.join(ROOT, "benches", "plots")


def spread(runs, figure, x):
    """A point of a line: x, and median, lowest and highest of its runs."""
    values = [figure(run) for run in runs]
    return x, median(values), min(values), max(values)


def good(results, case):
    """Runs of a case by side, those that went well."""
    runs = {}
    for run in results.runs:
        if run["case"] == case and run["ok"]:
            runs.setdefault(run["side"], []).append(run)
    return runs


def by_lanes(results):
    runs = good(results, "lanes")
    points = [spread(r, lambda run: run["rows"] / run["wall"] / 1000, int(side.split()[0])) for side, r in runs.items()]
    if len(points) < 2:
        return None
    line = Line(f"MariaDB → PostgreSQL, {BIG}, unverified", points)
    return Chart("Throughput against lanes", "lanes", "thousand rows per second", [line], LANES)


def by_size(results):
    lines = []
    for case in (c for c in tables.cases_of(results) if c.startswith("scale/")):
        runs = good(results, case)
        points = [spread(r, lambda run: run["wall"], r[0]["rows"] / 1e6) for r in runs.values()]
        if len(points) > 1:
            lines.append(Line(next(r["title"] for r in results.runs if r["case"] == case).split(",")[0], sorted(points)))
    return Chart("Time against table size, verified", "million rows", "seconds", lines) if lines else None


def between(text, name, content):
    """The text with what stands between the markers of this name replaced."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{README}: the markers {begin} and {end} are missing")
    return pattern.sub(lambda _: f"{begin}\n{content.strip()}\n{end}", text)


def publish(results):
    with open(README, encoding="utf-8") as file:
        text = file.read()
    figures = [tables.of_machine(results), tables.of_limits(results) if results.head.get("scale") == 1 else ""]
    figures += [tables.of_case(results, case) for case in tables.cases_of(results)]
    if results.runs:
        text = between(text, "results", "\n".join(part for part in figures if part))
    if results.micro:
        text = between(text, "micro", tables.of_micro(results))
    with open(README, "w", encoding="utf-8") as file:
        file.write(text)
    os.makedirs(PLOTS, exist_ok=True)
    for name, chart in (("lanes", by_lanes(results)), ("size", by_size(results))):
        if chart:
            with open(os.path.join(PLOTS, f"{name}.svg"), "w", encoding="utf-8") as file:
                file.write(svg(chart))
