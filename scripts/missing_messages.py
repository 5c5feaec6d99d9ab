"""Check that every text of the sources and templates is in the Chinese catalogue, translated; exit status 1 if not."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("carehelp", "members", "visits", "templates", "locale")
CATALOGUE = "locale/zh_Hans/LC_MESSAGES/django.po"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in SOURCES:
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.mo", "__pycache__", "*.pyc"))
        # Run on a copy, without settings: neither the catalogue nor a database is touched.
        env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        command = [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "--no-location", "--no-wrap"]
        done = subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True)
        if done.returncode:
            print(done.stderr or done.stdout, file=sys.stderr)
            return 1
        found = polib.pofile(str(copy / CATALOGUE))
    missing = [entry.msgid for entry in (*found.untranslated_entries(), *found.fuzzy_entries())]
    for text in missing:
        print(f"not translated: {text!r}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
