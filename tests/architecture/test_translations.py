"""Chinese is complete: no message is missing or left in doubt."""

import re
import shutil
import subprocess
from pathlib import Path

import polib
import pytest

from tests.architecture import sources

CATALOGUE = sources.HERE / "locale/zh_Hans/LC_MESSAGES/django.po"
OTHER_UNITS = {"%(thousands)sk"}  # 万 counts ten thousands; both are given.
PARTS = ("carehelp", "members", "visits", "templates")


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str | None, str]]:
    """The messages that code and templates use now, collected in a copy of the tree."""
    copy: Path = tmp_path_factory.mktemp("words")
    for part in PARTS:
        shutil.copytree(sources.HERE / part, copy / part, ignore=shutil.ignore_patterns("*.pyc", "__pycache__"))
    (copy / "locale/zh_Hans/LC_MESSAGES").mkdir(parents=True)
    code = (
        "from django.conf import settings; settings.configure(USE_I18N=True);"
        "import django; django.setup();"
        "from django.core.management import call_command;"
        "call_command('makemessages', locale=['zh_Hans'], no_location=True, verbosity=0)"
    )
    python = sources.HERE / ".venv/bin/python"
    subprocess.run([python if python.exists() else "python", "-c", code], cwd=copy, check=True, capture_output=True)
    found = polib.pofile(str(copy / "locale/zh_Hans/LC_MESSAGES/django.po"))
    return {(entry.msgctxt, entry.msgid) for entry in found}


def test_no_message_is_missing(used: set[tuple[str | None, str]]) -> None:
    catalogue = polib.pofile(str(CATALOGUE))
    translated = {(entry.msgctxt, entry.msgid) for entry in catalogue.translated_entries()}
    assert sorted(msgid for _context, msgid in used - translated) == []


def test_none_is_in_doubt() -> None:
    catalogue = polib.pofile(str(CATALOGUE))
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


def test_the_blanks_of_a_message_are_those_of_its_original() -> None:
    blanks = re.compile(r"%\(\w+\)|%[sd]|\{\w*\}")
    for entry in polib.pofile(str(CATALOGUE)).translated_entries():
        if entry.msgid_plural:
            continue
        if entry.msgid not in OTHER_UNITS:
            assert set(blanks.findall(entry.msgid)) == set(blanks.findall(entry.msgstr)), entry.msgid
