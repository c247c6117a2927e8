"""Runs one command and tells what it cost: wall time, CPU of the client and of each server, memory, and noise."""
import os, signal, subprocess, tempfile, time

from .servers import TICKS

SAMPLE = 0.02  # seconds between two looks at the memory
SETTLE = 0.15  # seconds in which servers end their sessions, whose CPU counts only then
TAIL = 3000  # characters of output that are kept of a run that failed


def machine_busy():
    """CPU seconds the whole machine has worked so far: all but idle, waiting and guests (counted in user already)."""
    with open("/proc/stat", encoding="utf-8") as file:
        ticks = [int(f) for f in file.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4] - ticks[7]) / TICKS


def resident(pid):
    """High-water marks in MB of a process and all its descendants that are alive."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            own = sum(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
            return own + sum(resident(int(child)) for child in file.read().split())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def wait(pid, limit):
    """Waits for a process; kills it and its descendants after `limit` seconds. Status, usage, and peak memory."""
    begin, peak = time.monotonic(), 0.0
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return status, usage, peak
        peak = max(peak, resident(pid))
        if time.monotonic() - begin > limit:
            kill_group(pid)
        time.sleep(SAMPLE)


def measure(servers, command, env, limit):
    """One run. Its CPU is that of the command and of all processes it waited for."""
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        before, busy, begin = servers.cpu(), machine_busy(), time.monotonic()
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        try:
            status, usage, peak = wait(process.pid, limit)
        except BaseException:
            kill_group(process.pid)
            raise
        wall, client = time.monotonic() - begin, usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        time.sleep(SETTLE)
        server = {kind: seconds - before[kind] for kind, seconds in servers.cpu().items()}
        others = max(0.0, machine_busy() - busy - client - sum(server.values()))
        log.seek(0)
        output = log.read()[-TAIL:]
    return {"exit": process.returncode, "wall": wall, "client": client, "server": server, "others": others,
            "peak_mb": peak, "output": output}
