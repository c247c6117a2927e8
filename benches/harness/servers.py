"""The servers of a benchmark: started in their bench profile, asked for rows and CPU time, stopped at the end."""
import os, shlex, subprocess
from urllib.parse import urlsplit

from .dataset import COLUMNS, ROOT, TARGET, quoted

ENV_NAMES = {"pg": "POSTGRESQL", "mariadb": "MARIADB", "mysql": "MYSQL"}
TITLES = {"pg": "PostgreSQL", "mariadb": "MariaDB", "mysql": "MySQL", "hsqldb": "HSQLDB"}
TICKS = os.sysconf("SC_CLK_TCK")


class Servers:
    """Private servers on free ports; those that cannot be had have no client."""

    def __init__(self, folder, kinds):
        self.folder, self.pid = folder, {}
        script = os.path.join(ROOT, "scripts", "servers")
        subprocess.run([script, "start", "--profile", "bench", "--dir", folder, *kinds],
                       check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        with open(os.path.join(folder, "env"), encoding="utf-8") as file:
            env = dict(shlex.split(line)[1].split("=", 1) for line in file)
        self.client = {k: env.get(f"DBFERRY_TEST_{n}_CLIENT") for k, n in ENV_NAMES.items()}
        self.url = {k: urlsplit(env.get(f"DBFERRY_TEST_{n}_URL", "")) for k, n in ENV_NAMES.items()}
        for kind in kinds:
            if self.client[kind]:
                with open(os.path.join(folder, kind, "pid"), encoding="utf-8") as file:
                    self.pid[kind] = int(file.read())

    def stop(self):
        subprocess.run([os.path.join(ROOT, "scripts", "servers"), "stop", "--dir", self.folder], check=False)

    def sql(self, kind, sql, database=None):
        """What a statement prints, without headings."""
        quiet = ["-X", "-At", "-q", "-v", "ON_ERROR_STOP=1"] if kind == "pg" else ["-N", "-B"]
        name = ["-d" if kind == "pg" else "-D", database] if database else []
        command = [self.client[kind], *quiet, *name]
        return subprocess.run(command, input=sql, text=True, check=True, stdout=subprocess.PIPE).stdout

    def drop(self, kind, name):
        self.sql(kind, f"drop database if exists {name}" + (" with (force);" if kind == "pg" else ";"))

    def create(self, kind, name):
        self.drop(kind, name)
        form = "template template0 encoding 'UTF8'" if kind == "pg" else "character set utf8mb4 collate utf8mb4_bin"
        self.sql(kind, f"create database {name} {form};")

    def fresh_target(self, kind):
        """An empty target; what earlier runs left to be written is written now, not during the next run."""
        self.create(kind, TARGET)
        if kind == "pg":
            self.sql(kind, "checkpoint;")

    def set_aside(self, kind, name):
        """An empty target whose forerunner stays, under another name: file systems such as ext4 pass over what was just
        deleted when they look for room, so that many new files cost more right after many were dropped."""
        self.drop(kind, name)
        self.sql(kind, f"alter database {TARGET} rename to {name};")
        self.fresh_target(kind)

    def counts(self, kind, database, tables=None):
        """Rows per table."""
        names = list(COLUMNS) if tables is None else tables
        count = "".join(f"select count(*) from {quoted(kind, t)};" for t in names)
        return dict(zip(names, map(int, self.sql(kind, count, database).split())))

    def version(self, kind):
        return self.sql(kind, "show server_version;" if kind == "pg" else "select version();").split()[0].split("-")[0]

    def cpu(self):
        """CPU seconds so far of each server, PostgreSQL's ended backends included."""
        seconds = {}
        for kind, pid in self.pid.items():
            ticks = sum((stat(pid) or [0] * 15)[11:15])
            if kind == "pg":
                children = (stat(int(entry)) for entry in os.listdir("/proc") if entry.isdigit())
                ticks += sum(sum(child[11:13]) for child in children if child and child[1] == pid)
            seconds[kind] = ticks / TICKS
        return seconds


def stat(pid):
    """Numbers of /proc/PID/stat behind the command's name: [1] is the parent, [11:15] are user, system and children's ticks."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return [0] + [int(f) for f in fields[1:15]]
    except (FileNotFoundError, ProcessLookupError):
        return None
