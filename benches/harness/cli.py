"""The command: which cases to run, where results go, and that servers and files are gone at the end."""
import argparse, fnmatch, os, platform, shutil, signal, subprocess, sys, tempfile
from datetime import date

from . import dbferry as own, install, micro, publish, tables
from .dataset import DataSet
from .peers import Peers
from .runner import Clock, Results, run_case
from .series import Series, catalogue
from .servers import Servers, TITLES


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures dbferry against other ways to copy the same rows.")
    parser.add_argument("--cases", nargs="*", metavar="GLOB", default=["*"], help="cases to run, all unless given (see --list)")
    parser.add_argument("--list", action="store_true", help="names of all cases")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the data set (1 = 4.08 M rows)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each side; slow ones and series get fewer")
    parser.add_argument("--minutes", type=float, default=30, help="late cases get fewer rounds to keep within this time")
    parser.add_argument("--install-peers", action="store_true", help="unpack pgloader, pgcopydb and sling into the benchmark's cache")
    parser.add_argument("--micro", action="store_true", help="run the micro-benchmarks (cargo bench) as well")
    parser.add_argument("--json", metavar="FILE", default=os.path.join(own.target_folder(), "bench.json"),
                        help="every run goes there as it ends (%(default)s)")
    parser.add_argument("--from", dest="earlier", metavar="FILE", help="start from the results in this file, and add to it")
    parser.add_argument("--update-readme", action="store_true", help="write tables and plots into benches/")
    return parser.parse_args()


def machine():
    """What the figures were measured on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = {line.split(":", 1)[1].strip() for line in file if line.startswith("model name")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = platform.system()
    return f"{os.cpu_count()} cores ({', '.join(sorted(models)) or platform.machine()}), {memory:.0f} GiB, {system}"


def commit():
    try:
        output = subprocess.run(["git", "-C", os.path.dirname(__file__), "rev-parse", "--short", "HEAD"], check=True, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        return output.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def head(servers, options):
    return {"machine": machine(), "date": date.today().isoformat(), "commit": commit(), "scale": options.scale,
            "dbferry": own.version(), "servers": {k: f"{TITLES[k]} {servers.version(k)}" for k in servers.pid}}


def run_cases(names, options, results, clock, folder):
    """Starts the servers, loads the data, runs every case; a case that cannot be built is said and left out."""
    cases = catalogue()
    kinds = list(dict.fromkeys(kind for name in names for kind in cases[name][0]))
    servers = Servers(os.path.join(folder, "servers"), kinds)
    try:
        results.head.update(head(servers, options))
        data = prepare(servers, names, options, folder)
        peers = Peers(servers, folder)
        series = Series(servers, data, own.Dbferry(servers, folder), peers, folder)
        for name in names:
            needs, build = cases[name]
            absent = [TITLES[kind] for kind in needs if not servers.client[kind]]
            if absent or not clock.rounds_now():
                why = f"no {', '.join(absent)}" if absent else "the time is up; --from and --cases add it later"
                print(f"{name}: left out: {why}", file=sys.stderr)
            else:
                run_one(build, series, servers, results, clock, name)
        results.head["missing"] = peers.missing
        for peer, why in peers.missing.items():
            print(f"{peer}: skipped: {why}", file=sys.stderr)
    finally:
        servers.stop()


def run_one(build, series, servers, results, clock, name):
    try:
        case = build(series)
        run_case(case, servers, results, clock)
        case.after()
        print(tables.of_case(results, name), flush=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{name}: left out: {error}", file=sys.stderr)


def prepare(servers, names, options, folder):
    data = DataSet(servers, options.scale, folder)
    data.generate()
    sources = sorted({catalogue()[name][0][0] for name in names if name != "empty"})
    for kind in filter(lambda kind: servers.client[kind], sources):
        data.load(kind)
        data.derive_big(kind, 1)
        print(f"loaded {sum(data.rows.values())} rows into {TITLES[kind]}", file=sys.stderr)
    data.remove_files()
    return data


def main():
    options = arguments()
    names = [n for n in catalogue() if any(fnmatch.fnmatch(n, g) for g in options.cases)]
    if options.list:
        print("\n".join(catalogue()))
        return 0
    if options.install_peers:
        install.install()
    results = Results.load(options.earlier) if options.earlier else Results(None, {})
    results.path = options.json
    if options.earlier and options.cases == ["*"]:
        names = []  # the figures are there already
    if names:
        clock = Clock(options.minutes, options.rounds)
        in_folder(lambda folder: run_cases(names, options, results, clock, folder))
    if options.micro:
        results.micro = micro.run()
    results.save()
    print(tables.everything(results) if not names else tables.of_machine(results) + "\n" + tables.of_limits(results))
    if options.update_readme:
        publish.publish(results)
    return 0 if all(run["ok"] for run in results.runs if run["own"]) else 1


def in_folder(work):
    """Runs with a folder of its own, which the servers' user may enter and which is removed at the end."""
    os.environ["PGSSLMODE"] = "disable"  # psql would encrypt by itself, the other clients and dbferry do not
    os.environ["PGOPTIONS"] = "-c client_min_messages=warning"
    own.build()
    folder = tempfile.mkdtemp(prefix="dbferry-bench.")
    os.chmod(folder, 0o711)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        work(folder)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
