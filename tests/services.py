"""Pytest plugin, loaded before Django: the tests' own PostgreSQL and Redis (workers of xdist share them)."""

import os
from pathlib import Path

os.environ["CAREHELP_MODE"] = "test"
os.environ.setdefault("CAREHELP_DATA", str(Path(__file__).resolve().parent.parent / ".data" / "test"))
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the test.

if not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
    from carehelp.lib import embedded

    _servers = embedded.start(Path(os.environ["CAREHELP_DATA"]), durable=False)
    os.environ.setdefault("DATABASE_URL", _servers.database_url)
    os.environ.setdefault("REDIS_URL", _servers.redis_url)
