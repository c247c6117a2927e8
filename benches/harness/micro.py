"""Runs the micro-benchmarks and reads what criterion left of them."""
import glob, json, os, subprocess, sys

from .dataset import ROOT


def folder():
    return os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "criterion")


def run():
    """Every micro-benchmark: group, function, median nanoseconds and bytes of one element."""
    begin = os.path.getmtime(folder()) if os.path.isdir(folder()) else 0.0
    subprocess.run(["cargo", "bench", "--quiet"], cwd=ROOT, check=True, stdout=sys.stderr)
    found = [read(path) for path in sorted(glob.glob(os.path.join(folder(), "**", "new", "benchmark.json"), recursive=True))
             if os.path.getmtime(path) > begin]
    return sorted(found, key=lambda m: m.pop("order"))


def read(path):
    """One benchmark; its throughput says how many values or rows, and how many bytes, one iteration has."""
    with open(path, encoding="utf-8") as file:
        about = json.load(file)
    with open(path.replace("benchmark.json", "estimates.json"), encoding="utf-8") as file:
        nanoseconds = json.load(file)["median"]["point_estimate"]
    size = about["throughput"]["ElementsAndBytes"]
    return {"group": about["group_id"], "function": about["function_id"], "ns": nanoseconds / size["elements"],
            "bytes": size["bytes"] / size["elements"], "order": os.path.getmtime(path)}
