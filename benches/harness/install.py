"""Finds the other copying tools, and on request unpacks them into a cache of the benchmark's own."""
import glob, os, platform, shutil, subprocess, sys, zipfile

PACKAGES = ("pgloader", "pgcopydb")  # of the distribution
SLING = "sling-linux-amd64==1.4.11"  # its wheel holds the program; later ones fetch it from elsewhere


def cache():
    """Where downloads stay between runs, as for scripts/servers."""
    if os.environ.get("DBFERRY_CACHE"):
        base = os.environ["DBFERRY_CACHE"]
    elif os.getuid() == 0:
        base = "/var/cache/dbferry"
    else:
        base = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "dbferry")
    return os.path.join(base, "peers")


def find(name):
    """A program: on PATH, or unpacked by `install`."""
    unpacked = os.path.join(cache(), "root", "usr", "bin", name)
    return unpacked if os.access(unpacked, os.X_OK) else shutil.which(name)


def environment():
    """What an unpacked program needs to find its libraries, and pgcopydb to find pg_dump."""
    libraries = glob.glob(os.path.join(cache(), "root", "usr", "lib", "*-linux-gnu"))
    servers = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1:]
    return dict(os.environ, LD_LIBRARY_PATH=":".join(libraries + [os.environ.get("LD_LIBRARY_PATH", "")]).rstrip(":"),
                PATH=":".join(servers + [os.environ["PATH"]]))


def run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def install_packages(root):
    """Downloads the packages and what they need beyond what is installed, and unpacks them."""
    archives = os.path.join(cache(), "archives")
    os.makedirs(os.path.join(archives, "partial"), exist_ok=True)
    run("apt-get", "-qq", "-o", f"Dir::Cache::Archives={archives}", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root",
        "--download-only", "--no-install-recommends", "-y", "install", *PACKAGES)
    for package in glob.glob(os.path.join(archives, "*.deb")):
        run("dpkg-deb", "-x", package, root)
    shutil.rmtree(archives)


def install_sling(root):
    place = os.path.join(root, "usr", "bin")
    os.makedirs(place, exist_ok=True)
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", place, SLING)
    for wheel in glob.glob(os.path.join(place, "sling*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            member = next(n for n in archive.namelist() if n.endswith("/bin/sling-linux-amd64"))
            with archive.open(member) as source, open(os.path.join(place, "sling"), "wb") as target:
                shutil.copyfileobj(source, target)
        os.chmod(os.path.join(place, "sling"), 0o755)
        os.remove(wheel)


def install():
    """Installs what is missing; what cannot be had is said and left out."""
    root = os.path.join(cache(), "root")
    os.makedirs(root, exist_ok=True)
    wanted = [(install_packages, PACKAGES)]
    if platform.machine() == "x86_64":
        wanted.append((install_sling, ("sling",)))
    for installer, names in wanted:
        if all(map(find, names)):
            continue
        try:
            installer(root)
        except (OSError, subprocess.CalledProcessError, StopIteration, zipfile.BadZipFile) as error:
            print(f"not installed: {', '.join(names)}: {error}", file=sys.stderr)
