"""Reports as workbooks, from the same rows as the paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from carehelp.lib.workbooks import Column, Sheet, write_workbook
from carehelp.reports.care_record import CareRecord
from carehelp.reports.duty_ledger import Ledger
from carehelp.reports.printing import Made


def write_ledger(ledger: Ledger, *, title: str, made: Made, output: Path) -> int:
    """The ledger as a workbook: the duties one by one, and the figures by article; gives the number of duties."""
    duties = Sheet(
        name=_("Duties one by one"),
        title=title,
        above=_above(ledger, made, ledger.organization.name),
        columns=[
            Column(_("No."), 7),
            Column(_("Branch"), 28),
            Column(_("Person"), 12),
            Column(_("Article"), 9, as_text=True),
            Column(_("Duty"), 22),
            Column(_("Opens"), 12),
            Column(_("Due"), 12),
            Column(_("Last day in time"), 14),
            Column(_("Outcome"), 14),
            Column(_("Ended on"), 12),
            Column(_("How"), 12),
            Column(_("By whom"), 20),
            Column(_("Reason"), 28),
            Column(_("Duty no."), 14),
            Column(_("Record no."), 14),
        ],
        rows=_duty_rows(ledger),
    )
    figures = [
        _("given"),
        _("done in time"),
        _("done late"),
        _("waived"),
        _("open"),
        _("overdue among them"),
        _("void"),
    ]
    summary = Sheet(
        name=_("Summary by article"),
        title=title,
        above=_above(ledger, made, ledger.organization.name),
        columns=[Column(_("Article"), 9, as_text=True), Column(_("Duty"), 28), *(Column(text, 12) for text in figures)],
        rows=[*((line.article, line.title, *_figures(line.tally)) for line in ledger.lines)]
        + [("", _("Total"), *_figures(ledger.total))],
    )
    return write_workbook(output, [duties, summary]) - len(ledger.lines) - 1


def write_record(record: CareRecord, *, title: str, made: Made, output: Path) -> int:
    """The care record as a workbook of three sheets; gives the number of duties and actions."""
    above = _above(record, made, f"{record.member.name} · {record.organization.name}")
    person = Sheet(
        name=_("The person"),
        title=title,
        above=above,
        columns=[Column(_("Fact"), 24), Column(_("Content"), 60, as_text=True)],
        rows=[(fact.label, fact.text) for fact in record.facts],
        landscape=False,
    )
    duties = Sheet(
        name=_("Duties"),
        columns=[
            Column(_("Article"), 9, as_text=True),
            Column(_("Duty"), 22),
            Column(_("Opens"), 12),
            Column(_("Due"), 12),
            Column(_("Last day in time"), 14),
            Column(_("Outcome"), 14),
            Column(_("Ended on"), 12),
            Column(_("Reason"), 28),
            Column(_("Duty no."), 14),
            Column(_("Record no."), 14),
        ],
        rows=[
            (d.article, d.title, d.opens, d.due, d.grace_until, d.outcome_words, d.ended_on, d.reason)
            + (d.duty_number, d.action_number)
            for d in record.duties
        ],
    )
    actions = Sheet(
        name=_("Care given"),
        columns=[
            Column(_("Date"), 12),
            Column(_("How"), 12),
            Column(_("By whom"), 20),
            Column(_("Branch"), 28),
            Column(_("Found"), 40),
            Column(_("What was done"), 40),
            Column(_("Next step"), 28),
            Column(_("Next step on"), 12),
            Column(_("Recorded by"), 14),
            Column(_("Cancelled because"), 24),
            Column(_("Record no."), 14),
        ],
        rows=[
            (a.on, a.kind, a.who_went, a.branch, a.found, a.done, a.next_step, a.next_on, a.recorded_by, a.cancelled)
            + (a.action_number,)
            for a in record.actions
        ],
    )
    return write_workbook(output, [person, duties, actions]) - len(record.facts)


def _duty_rows(ledger: Ledger) -> Iterator[tuple[Any, ...]]:
    for r in ledger.rows():
        window = (r.opens, r.due, r.grace_until)
        yield (r.number, r.branch, r.person, r.article, r.title, *window, r.outcome_words, r.ended_on, r.kind) + (
            r.who_went,
            r.reason,
            r.duty_number,
            r.action_number,
        )


def _figures(tally: Any) -> tuple[int, ...]:
    return tally.given, tally.done_in_time, tally.done_late, tally.waived, tally.open, tally.overdue, tally.void


def _above(report: Ledger | CareRecord, made: Made, subject: str) -> list[str]:
    period = f"{date_format(report.period.first)} — {date_format(report.period.last)}"
    through = date_format(report.planned_through) if report.planned_through else _("not yet")
    lines = [
        f"{subject}    {period}",
        "{}：{}    {}：{} {}".format(
            _("Duties planned through"), through, _("Made by"), made.by, date_format(made.at, "DATETIME_FORMAT")
        ),
    ]
    if report.is_behind:
        lines.append(_("Duties are not planned through the end of this period: some are missing."))
    return lines
