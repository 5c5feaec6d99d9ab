#!/usr/bin/env python3
"""Run a command of the product.  Without DATABASE_URL or REDIS_URL it brings its own servers along."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    use_own_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carehelp.settings")
    from django.core.management import execute_from_command_line

    fresh = bring_servers()
    if fresh and sys.argv[1:2] not in (["migrate"], ["makemigrations"], ["demo"], []):
        migrate_fresh_database()
    execute_from_command_line(sys.argv)


def use_own_environment() -> None:
    """Continue with the project's own interpreter when started with another one."""
    own = HERE / ".venv" / "bin" / "python"
    if own.exists() and Path(sys.prefix).resolve() != (HERE / ".venv").resolve():
        os.execv(own, [str(own), *sys.argv])  # noqa: S606 (ourselves, no shell)


def bring_servers() -> bool:
    """Start the embedded servers for whatever is not given by the environment; true when a database is ours."""
    if {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys() or os.environ.get("CAREHELP_MODE") == "production":
        return False
    from carehelp.lib import embedded

    try:
        servers = embedded.start(Path(os.environ.get("CAREHELP_DATA", HERE / ".data")))
    except embedded.EmbeddedFailed as reason:
        sys.exit(str(reason))
    ours = "DATABASE_URL" not in os.environ
    os.environ.setdefault("DATABASE_URL", servers.database_url)
    os.environ.setdefault("REDIS_URL", servers.redis_url)
    return ours


def migrate_fresh_database() -> None:
    """A database that we have just made has no tables yet: nobody should have to know that."""
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    if "django_migrations" not in connection.introspection.table_names():
        call_command("migrate", verbosity=0, stdout=sys.stderr)


if __name__ == "__main__":
    main()
