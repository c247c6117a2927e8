"""Runs the micro-benchmarks and reads what criterion left of them."""
import glob, json, os, subprocess, sys, time

from .dataset import ROOT
from .dbferry import target_folder


def run():
    """Every micro-benchmark: group, function, median nanoseconds and bytes of one element."""
    begin, folder = time.time(), os.path.join(target_folder(), "criterion")
    subprocess.run(["cargo", "bench", "--quiet"], cwd=ROOT, check=True, stdout=sys.stderr)
    found = [read(path) for path in sorted(glob.glob(os.path.join(folder, "**", "new", "benchmark.json"), recursive=True))
             if os.path.getmtime(path) >= begin]
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
