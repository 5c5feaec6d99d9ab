"""Reports on paper: which templates make which part of the document."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.template.loader import get_template, render_to_string
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from carehelp.lib import charts, pdf
from carehelp.reports.care_record import CareRecord
from carehelp.reports.duty_ledger import Ledger

FOLDER = "reports/pdf"


@dataclass(frozen=True)
class Paper:
    """One kind of sheet: measures in CSS, widths of the columns of its long table, styles of its own."""

    orientation: str
    height: str
    margin: str
    side: str
    head: str
    foot: str
    page_align: str
    size: str
    widths: tuple[str, ...]
    extra: str = ""


# A wide table needs the sheet across; the margins leave room for punching.
LEDGER = Paper(
    orientation="landscape",
    height="210mm",
    margin="20mm 14mm 17mm",
    side="14mm",
    head="11mm",
    foot="9mm",
    page_align="right",
    size="8.5pt",
    widths=("3.5%", "14.5%", "6%", "15%", "11.3%", "6.7%", "12%", "17.4%", "13.6%"),
    extra=".s1 { width: 8%; } .s2 { width: 29%; }",
)
# GB/T 9704-2012: 37 mm above, 28 mm left, text area 156 × 225 mm; the page number stands outside, 7 mm below.
RECORD = Paper(
    orientation="portrait",
    height="297mm",
    margin="37mm 26mm 35mm 28mm",
    side="27mm",
    head="25mm",
    foot="24mm",
    page_align="right",
    size="10.5pt",
    widths=("24%", "25%", "16%", "18%", "17%"),
    extra="""
  .under { text-align: center; font-size: 13pt; margin-bottom: 4mm; }
  .person { display: flex; flex-wrap: wrap; border-top: .8pt solid #000; border-bottom: .4pt solid #8a8a8a; }
  .person p { width: 50%; margin: 0; padding: 1mm 0; box-sizing: border-box; }
  .person .wide { width: 100%; }
  .label { font-family: "Noto Sans CJK SC", sans-serif; padding-right: 3mm; }
  .a1 { width: 15%; } .a2 { width: 22%; }
  td p { margin: 0 0 .8mm; }
  .by { color: #444; font-size: 8.5pt; }
  .end { break-inside: avoid; }
  .signatures { display: flex; margin-top: 10mm; }
  .signatures p { width: 33.3%; height: 16mm; margin: 0; }
  .day { text-align: right; margin: 0; }
""",
)


@dataclass(frozen=True)
class Made:
    """Who made a report, and when: printed on it and kept in the file."""

    by: str
    at: datetime


def print_ledger(
    ledger: Ledger, *, title: str, made: Made, output: Path, progress: pdf.Progress | None = None
) -> pdf.Printed:
    """The ledger as PDF; raises `pdf.PdfTooLarge` and `pdf.PdfFailed`."""
    words = _words(title, made) | {"ledger": ledger, "chart": charts.months_chart(ledger.months)}
    head = f"{title} · {ledger.organization.name} · {_period(ledger)}"
    rows = _cells("duty_ledger", ledger.rows())
    document = _document("duty_ledger", LEDGER, words, head, rows, closing="")
    return pdf.render(document, output, progress=progress)


def print_record(
    record: CareRecord, *, title: str, made: Made, output: Path, progress: pdf.Progress | None = None
) -> pdf.Printed:
    """The care record of a person as PDF; raises `pdf.PdfTooLarge` and `pdf.PdfFailed`."""
    words = _words(title, made) | {"record": record}
    head = f"{title} · {record.member.name} · {record.organization.name}"
    rows = _cells("care_record", record.actions)
    closing = render_to_string(f"{FOLDER}/care_record/closing.html", words)
    document = _document("care_record", RECORD, words, head, rows, closing=closing)
    return pdf.render(document, output, progress=progress)


def _words(title: str, made: Made) -> dict[str, Any]:
    return {"title": title, "made_by": made.by, "made_at": made.at, "none_yet": _("not yet")}


def _period(report: Ledger | CareRecord) -> str:
    return f"{date_format(report.period.first)} — {date_format(report.period.last)}"


def _document(
    name: str, paper: Paper, words: dict[str, Any], head: str, rows: list[str], *, closing: str
) -> pdf.Document:
    # The styles are constants of this module; only they go into a template unescaped.
    sheet = vars(paper) | {"extra": mark_safe(paper.extra)}  # noqa: S308
    foot = "{} {} · {}".format(_("Made by"), words["made_by"], date_format(words["made_at"], "DATETIME_FORMAT"))
    stamp = get_template(f"{FOLDER}/stamp.html")
    return pdf.Document(
        title=head,
        author=words["made_by"],
        made_at=words["made_at"],
        head=render_to_string(f"{FOLDER}/paper.html", sheet),
        opening=render_to_string(f"{FOLDER}/{name}/opening.html", words),
        columns=render_to_string(f"{FOLDER}/{name}/columns.html", words),
        rows=rows,
        closing=closing,
        stamp_head=render_to_string(f"{FOLDER}/stamp_head.html", sheet),
        stamp=partial(_stamp, stamp, head, foot),
    )


def _stamp(template: Any, head: str, foot: str, page: int, pages: int) -> SafeString:
    made: SafeString = template.render({"head": head, "foot": foot, "page": page, "pages": pages})
    return made


def _cells(name: str, rows: Iterable[Any]) -> list[str]:
    template = get_template(f"{FOLDER}/{name}/row.html")
    return [template.render({"row": row}) for row in rows]
