"""The product as production starts it: a process of its own, with an environment of its own."""

import os
import subprocess
import sys

from tests.architecture.sources import HERE

GOOD = {
    "CAREHELP_MODE": "production",
    "SECRET_KEY": "kJ8v2mQz7Lx4Tn9Rb3Wc6Yp1Hd5Gf0Sa" * 2,
    "CAREHELP_KEYS": "k1:" + "5a7c9e013b4d68f2" * 4,
    "CAREHELP_LOOKUP_KEY": "7c9e013b4d68f25a" * 4,
    "CAREHELP_AUDIT_KEY": "9e013b4d68f25a7c" * 4,
    "DATABASE_URL": "postgres://carehelp@localhost/carehelp",
    "REDIS_URL": "redis://localhost/0",
    "ALLOWED_HOSTS": "care.example.cn",
}


def run(code: str, **changed: str | None) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python after `django.setup()` with the good environment, changed as said (None: unset)."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    env = {name: value for name, value in (kept | GOOD | changed).items() if value is not None}
    env["DJANGO_SETTINGS_MODULE"] = "carehelp.settings"
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        cwd=HERE, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
