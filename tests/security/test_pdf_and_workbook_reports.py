"""Hostile text in every field that reaches a report: it comes out as text, and as nothing else."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from carehelp.accounts.models import User
from carehelp.lib import clock
from carehelp.lib.ids import uuid7
from carehelp.reports import making
from carehelp.reports.catalogue import CARE_RECORD, DUTY_LEDGER
from carehelp.reports.periods import Period
from members.models import Member, Organization
from tests import people
from tests.conftest import County
from tests.reports import reading
from tests.security.test_pdf_renderer import SECRET, listener
from tests.visits import duties
from visits import actions

__all__ = ["listener"]  # A fixture.

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=clock.SHANGHAI)
FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1;2)", "\t=1+1", '=HYPERLINK("http://127.0.0.1")')


def poison(url: str) -> str:
    """What one field may hold: markup, fetches, styles, control characters, a direction override, a long word."""
    return (
        f"</td></tr></table><img src=file:///etc/passwd><img src={url}/a><style>@import '{url}/b';"
        f"*{{background:url({url}/c)}}</style><script>1</script><b>粗</b>{{{{ 7|add:7 }}}}{{% load x %}}&lt;\x07\u202e"
    )


@pytest.fixture
def hostile(
    county: County, listener: tuple[str, list[str]], secretary: User, officer: User
) -> Iterator[tuple[Member, list[str]]]:
    """Every field filled with poison, as far as its length allows."""
    url, asked = listener
    text = poison(url)
    Organization.objects.filter(pk__in=[county.county.pk, county.branch.pk]).update(name=text[:120])
    county.branch.refresh_from_db()
    member = people.member(
        county.branch, text[:60], ethnicity=text[:20], education=text[:40], occupation=text[:60], address=text,
        phone=text[:20], landline=text[:20],
    )  # fmt: skip
    User.objects.filter(pk=officer.pk).update(display_name=text[:50])
    officer.refresh_from_db()
    User.objects.filter(pk=secretary.pk).update(display_name=text[:50])
    birthday = duties.duty(member, due=date(2026, 7, 1))
    waived = duties.duty(member, "medal-50", due=date(2026, 7, 1))
    actions.waive_duty(waived, reason=text[:200], by=officer, today=people.TODAY)
    told = {"found": text, "done": "长" * 5000, "next_step": text[:200], "next_on": date(2026, 12, 1)}
    for number, formula in enumerate(FORMULAS):
        done = actions.record_action(
            id=uuid7(), member=member, kind="visit", on=date(2026, 7, 1 + number), who_went=formula,
            duties=[birthday] if number == 0 and "visit" in actions.kinds_for(birthday) else [],
            by=secretary, today=people.TODAY, **(told if number == 0 else {"found": formula}),
        ).action  # fmt: skip
    actions.cancel_action(done, reason=text[:200], by=officer, today=people.TODAY)
    yield member, asked
    assert asked == []


def make(report: Any, member: Member, form: str, output: Path, by: User, county: County) -> None:
    about_person = report == CARE_RECORD
    wish = making.Wish(
        report=report,
        organization_id=None if about_person else county.county.pk,
        member_id=member.pk if about_person else None,
        period=Period(date(2026, 1, 1), date(2026, 12, 31)),
        format=form,
    )
    making.make(wish, output, by=by, today=people.TODAY, now=NOW)


@pytest.mark.parametrize("report", [DUTY_LEDGER, CARE_RECORD], ids=lambda report: report.name)
def test_on_paper_it_is_text(
    report: Any, hostile: tuple[Member, list[str]], officer: User, county: County, tmp_path: Path
) -> None:
    make(report, hostile[0], "pdf", tmp_path / "x.pdf", officer, county)
    text = reading.text(tmp_path / "x.pdf")
    together = re.sub(r"\s", "", text)
    assert SECRET not in text
    assert "<imgsrc=file" in together
    assert "14" not in re.findall(r"\{\{.*?\}\}", together)
    assert not {"\x07", "\u202e"} & set(text)
    wrong = {"/JS", "/JavaScript", "/OpenAction", "/AA", "/URI", "/S=/URI", "/EmbeddedFile", "/Type=/EmbeddedFile"}
    assert not wrong & reading.keys_of(tmp_path / "x.pdf")
    pages = reading.pages(tmp_path / "x.pdf")
    assert all(f"第 {number} 页 共 {len(pages)} 页" in page for number, page in enumerate(pages, 1))


@pytest.mark.parametrize("report", [DUTY_LEDGER, CARE_RECORD], ids=lambda report: report.name)
def test_in_the_workbook_it_is_text_and_no_formula_is_born(
    report: Any, hostile: tuple[Member, list[str]], officer: User, county: County, tmp_path: Path
) -> None:
    make(report, hostile[0], "xlsx", tmp_path / "x.xlsx", officer, county)
    with zipfile.ZipFile(tmp_path / "x.xlsx") as book:
        for name in book.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(book.read(name)).iter()}
            assert not tags & {"f", "hyperlink", "hyperlinks", "externalLink", "ddeLink"}, name
            assert b'TargetMode="External"' not in book.read(name)
    cells = [cell for rows in reading.sheets(tmp_path / "x.xlsx").values() for row in rows for cell in row]
    assert any(str(cell).startswith("</td></tr>") for cell in cells)
    if report == CARE_RECORD:
        assert {formula for formula in FORMULAS if formula in cells} >= set(FORMULAS[:4])
