"""The command that outsiders call: its files, its exit codes, its trace."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from carehelp.audit.models import AuditEvent
from members.models import Member
from tests.conftest import County
from tests.reports import reading
from visits.models import Duty


def export(name: str, output: Path, code: str = "61", *more: str) -> None:
    options = ("--organization", code, "--on", "2026-11-24", "--output", str(output))
    call_command("export_report", name, *options, *more, stdout=StringIO())


def test_it_writes_the_ledger_as_pdf_and_notes_the_system(
    county: County, outcomes: dict[str, Duty], planned: None, tmp_path: Path
) -> None:
    export("duty-ledger", tmp_path / "ledger.pdf")
    text = reading.text(tmp_path / "ledger.pdf")
    assert "中共云岭县委员会" in text
    assert "2026年1月1日 — 2026年11月24日" in text
    event = AuditEvent.objects.get(verb="exported")
    assert (event.actor_id, event.detail["system"], event.detail["rows"]) == (None, True, 4)


def test_it_writes_a_workbook_too(county: County, outcomes: dict[str, Duty], planned: None, tmp_path: Path) -> None:
    export("duty-ledger", tmp_path / "ledger.xlsx")
    assert "任务明细" in reading.sheets(tmp_path / "ledger.xlsx")


def test_it_writes_the_record_of_a_person(member: Member, planned: None, tmp_path: Path) -> None:
    export("care-record", tmp_path / "record.pdf", "61", "--member", str(member.pk))
    assert member.name in reading.text(tmp_path / "record.pdf")
    assert AuditEvent.objects.get(verb="exported").person_id == str(member.pk)


@pytest.mark.parametrize(
    ("name", "code", "file"),
    [
        ("nonsense", "61", "x.pdf"),
        ("duty-ledger", "no-such", "x.pdf"),
        ("duty-ledger", "61", "x.docx"),
        ("duty-ledger", "61", "no/such/folder/x.pdf"),
        ("care-record", "61", "x.pdf"),
    ],
    ids=["unknown report", "unknown organization", "unknown format", "unwritable file", "no person named"],
)
def test_it_says_in_one_sentence_what_is_wrong(county: County, tmp_path: Path, name: str, code: str, file: str) -> None:
    with pytest.raises(CommandError) as refused:
        export(name, tmp_path / file, code)
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())
    assert not AuditEvent.objects.exists()


def test_a_person_of_another_organization_is_refused(member: Member, county: County, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        export("care-record", tmp_path / "x.pdf", county.other_county.code, "--member", str(member.pk))
