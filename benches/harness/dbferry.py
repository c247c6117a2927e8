"""dbferry as a side: its settings in m2ee form, passwords in files, no encryption."""
import os, subprocess

from .dataset import ROOT

TYPES = {"pg": "POSTGRESQL", "mariadb": "MYSQL", "mysql": "MYSQL", "hsqldb": "HSQLDB"}


def target_folder():
    return os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))


def program():
    """The command that is measured: DBFERRY if set, else this tree's release build."""
    return os.environ.get("DBFERRY", os.path.join(target_folder(), "release", "dbferry"))


def build():
    if "DBFERRY" not in os.environ:
        subprocess.run(["cargo", "build", "--release", "--quiet", "--bin", "dbferry"], cwd=ROOT, check=True)


def version():
    return subprocess.run([program(), "--version"], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def clean_environment():
    """The caller's environment without settings, which would change what is measured."""
    settings = ("DBFERRY_", "MXRUNTIME_", "RUNTIME_PARAMS_", "CUSTOM_RUNTIME_SETTINGS", "DATABASE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(settings)}


class Dbferry:
    """Makes dbferry's command lines; every one has its own settings file in `folder`."""

    def __init__(self, servers, folder):
        self.servers, self.folder, self.made = servers, folder, 0

    def command(self, source, target, *options):
        """The command and its environment. A side is (kind, database), or ("hsqldb", folder)."""
        self.made += 1
        config, env, lines = os.path.join(self.folder, f"m2ee-{self.made}.yaml"), clean_environment(), ["mxruntime:"]
        for prefix, (kind, place) in (("Source", source), ("", target)):
            lines += [f"  {prefix}DatabaseType: {TYPES[kind]}"]
            if kind == "hsqldb":
                lines += [f"  {prefix}BuiltInDatabasePath: {place}"]
                continue
            url = self.servers.url[kind]
            lines += [f"  {prefix}DatabaseHost: {url.hostname}:{url.port}", f"  {prefix}DatabaseName: {place}",
                      f"  {prefix}DatabaseUserName: {url.username}", f"  {prefix}DatabaseUseSsl: false"]
            env[f"MXRUNTIME_{prefix}DatabasePassword_FILE"] = self.secret(kind, url.password)
        with open(config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return [program(), "copy", "-c", config, "--progress", "none", *options], env

    def secret(self, kind, password):
        path = os.path.join(self.folder, f"password-{kind}")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(password)
        return path
