"""Runs the sides of a case in turns and keeps every run, also of those that fail."""
import json, os, subprocess, sys, time

from .measure import measure
from .servers import TITLES

SLOW = ((20.0, 2), (10.0, 3))  # a run that took longer than so many seconds: a side gets so many rounds
LIMIT = 600  # seconds after which a run is given up


class Results:
    """All runs so far; a file of them is complete after every run."""

    def __init__(self, path, head):
        self.path, self.head, self.runs, self.micro = path, head, [], []

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as file:
            stored = json.load(file)
        results = cls(path, stored["head"])
        results.runs, results.micro = stored["runs"], stored.get("micro", [])
        return results

    def forget(self, case):
        """A case that is run again replaces its earlier runs."""
        self.runs = [run for run in self.runs if run["case"] != case]

    def add(self, run):
        self.runs.append(run)
        self.save()

    def save(self):
        if not self.path:
            return
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
        with open(self.path + ".part", "w", encoding="utf-8") as file:
            json.dump({"head": self.head, "runs": self.runs, "micro": self.micro}, file, indent=1)
        os.replace(self.path + ".part", self.path)


class Clock:
    """Keeps the whole within its time: late cases get fewer rounds, and at last none."""

    # up to this part of the time a case gets so many rounds
    STEPS = ((0.6, 100), (0.8, 3), (0.95, 2), (1.1, 1))

    def __init__(self, minutes, rounds):
        self.begin, self.seconds, self.rounds = time.monotonic(), minutes * 60, rounds

    def rounds_now(self):
        used = (time.monotonic() - self.begin) / self.seconds
        return min(self.rounds, next((rounds for part, rounds in self.STEPS if used < part), 0))


def run_case(case, servers, results, clock):
    """All rounds of a case; every second one in the other order."""
    results.forget(case.name)
    rounds, done = min(clock.rounds_now(), case.rounds or clock.rounds), {name: [] for name in case.sides}
    for number in range(rounds):
        if clock.rounds_now() <= number:
            break
        for name in sorted(case.sides, key=list(case.sides).index, reverse=bool(number % 2)):
            if is_due(case.sides[name], done[name]):
                run = one_run(case, name, servers)
                done[name].append(run)
                results.add(dict(run, round=number))
                tell(case, name, run)


def is_due(side, runs):
    """What is slow is run less often, and a tool that failed is not run again."""
    if side.rounds is not None and len(runs) >= side.rounds:
        return False
    if runs and not runs[-1]["ok"] and not side.own:
        return False
    return not runs or all(runs[-1]["wall"] <= seconds or len(runs) < rounds for seconds, rounds in SLOW)


def one_run(case, name, servers):
    side = case.sides[name]
    run = {"case": case.name, "title": case.title, "side": name, "own": side.own, "rows": side.rows, "bytes": side.bytes}
    try:
        patiently(side.before or case.before)
        run.update(measure(servers, side.command, side.env, LIMIT))
        run["ok"] = run["exit"] == 0 and bool(patiently(side.check or case.check))
        run["note"] = "" if run["ok"] else f"exit {run['exit']}" + ("" if run["exit"] else ", rows are missing")
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        run.setdefault("wall", 0.0)
        run.update(ok=False, note=f"{type(error).__name__}: not comparable")
    output = run.pop("output", "")
    if not run["ok"]:
        print(f"{case.name} {name}: {run['note']}\n{output}", file=sys.stderr)
    run["server"] = {k: s for k, s in run.get("server", {}).items() if k in case.kinds}
    return run


def patiently(step):
    """What stands around a run may be repeated: a client's connection fails now and then on a machine that is busy."""
    for again in (True, True, False):
        try:
            return step()
        except subprocess.CalledProcessError:
            if not again:
                raise
        time.sleep(1)
    return None


def tell(case, name, run):
    servers = " ".join(f"{TITLES[k]} {s:.2f}" for k, s in run["server"].items())
    line = f"{run['wall']:7.2f} s  client {run.get('client', 0):.2f}  {servers}  others {run.get('others', 0):.2f}"
    print(f"{case.name:22} {name:22} {line}{'' if run['ok'] else '  FAILED'}", file=sys.stderr, flush=True)
