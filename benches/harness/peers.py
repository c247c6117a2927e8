"""Other tools that copy databases, as sides: pgloader, pgcopydb and sling, as their manuals have them used."""
import os, shutil, tempfile

from . import install
from .dataset import BIG, TARGET
from .side import Side

HEAP_MB = 6000  # pgloader's own 1 GB is not enough for this data set
JOBS = "2"
SPLIT = "128MB"  # pgcopydb cuts larger tables, so that both jobs have work to the end


class Peers:
    """Sides for the tools that the machine has."""

    def __init__(self, servers, folder):
        self.servers, self.folder, self.missing = servers, folder, {}

    def find(self, name):
        program = install.find(name)
        if not program:
            self.missing[name] = "not installed; --install-peers gets it"
        return program

    def url(self, kind, database):
        url = self.servers.url[kind]
        place = f"{url.username}:{url.password}@{url.hostname}:{url.port}/{database}"
        return {"pg": f"postgresql://{place}?sslmode=disable"}.get(kind, f"mysql://{place}")

    def pgloader(self, database):
        """MySQL or MariaDB to PostgreSQL, with its defaults and a raised heap; the database's name becomes a schema."""
        program = self.find("pgloader")
        if not program:
            return None
        path = os.path.join(self.folder, f"{database}.load")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(f"load database from {self.url('mariadb', database)} into {self.url('pg', TARGET)}\n"
                       f"with quote identifiers alter schema '{database}' rename to 'public';\n")
        root = tempfile.mkdtemp(dir=self.folder)
        return Side([program, "--dynamic-space-size", str(HEAP_MB), "--root-dir", root, "--quiet", path],
                    install.environment())

    def pgcopydb(self, database):
        """PostgreSQL to PostgreSQL; it also vacuums and analyses the target."""
        program = self.find("pgcopydb")
        if not program:
            return None
        place = os.path.join(self.folder, "pgcopydb")
        command = [program, "clone", "--source", self.url("pg", database), "--target", self.url("pg", TARGET),
                   "--table-jobs", JOBS, "--index-jobs", JOBS, "--split-tables-larger-than", SPLIT, "--dir", place]
        return Side(command, install.environment(), before=lambda: self.fresh(place))

    def fresh(self, place):
        """It keeps its state in a folder, and goes on from there if it is found."""
        shutil.rmtree(place, ignore_errors=True)
        self.servers.fresh_target("pg")

    def sling(self, source, database, target):
        """One table, made anew; it makes no keys."""
        program = self.find("sling")
        if not program:
            return None
        schema, into = (database if source != "pg" else "public"), (TARGET if target != "pg" else "public")
        home = os.path.join(self.folder, "sling")
        env = dict(os.environ, FROM_DB=self.url(source, database), TO_DB=self.url(target, TARGET), SLING_HOME_DIR=home,
                   SLING_DISABLE_TELEMETRY="TRUE", HOME=home)
        command = [program, "run", "--src-conn", "FROM_DB", "--src-stream", f"{schema}.{BIG}", "--tgt-conn", "TO_DB",
                   "--tgt-object", f"{into}.{BIG}", "--mode", "full-refresh"]
        return Side(command, env)
