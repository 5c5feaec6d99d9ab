"""Charts drawn on the server: the same SVG in a page and in a PDF.

Colours stand as presentation attributes, which a PDF needs and which a page's style sheet overrides by class (dark
look); there is no `style` attribute, so the content security policy holds.  Every kind of bar has a pattern of its
own, so that a black-and-white print can be read.  Whatever comes from outside is escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

WIDTH, HEIGHT = 720, 330
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 66, 54
INK, QUIET, LINE, PAPER = "#1d1d1f", "#55555c", "#d6d6db", "#ffffff"
FONT = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
OUTLIER = 3  # A bar this many times as high as the next one is cut short.
BAR = 0.62  # Share of a month's place that its bar takes.


class Counts(Protocol):
    """What a month must be able to say (`visits.compliance.Tally` does)."""

    @property
    def done_in_time(self) -> int: ...
    @property
    def done_late(self) -> int: ...
    @property
    def waived(self) -> int: ...
    @property
    def not_yet_due(self) -> int: ...
    @property
    def overdue(self) -> int: ...


class Month(Protocol):
    """A calendar month, told by its first day, with its counts."""

    @property
    def first(self) -> date: ...
    @property
    def tally(self) -> Counts: ...


@dataclass(frozen=True)
class Kind:
    """One layer of a bar: which count it shows, its words, its colour, and the strokes that tell it without colour.

    One kind has no strokes: it is filled.
    """

    name: str
    label: Promise
    colour: str
    strokes: str  # A path within a tile of 8 × 8.


KINDS = (
    Kind("done_in_time", _("done in time"), "#1d6b37", ""),
    Kind("done_late", _("done late"), "#7a4a00", "M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6"),
    Kind("waived", _("waived"), "#55555c", "M4 3 V5"),
    Kind("not_yet_due", _("still in time"), "#1b4f8f", "M0 4 H8"),
    Kind("overdue", _("overdue"), "#a61b1b", "M0 0 L8 8 M8 0 L0 8"),
)


def months_chart(rows: Sequence[Month], *, name: str = "months") -> SafeString:
    """Bars of the given months, one above the other's end: how the duties due in each of them stand.

    `name` makes the ids unique where a page has several charts.
    """
    top = _top([_height(row) for row in rows])
    return format_html(
        '<svg class="ch-chart" role="img" aria-labelledby="{0}-title {0}-desc" viewBox="0 0 {1} {2}" width="{1}" '
        'height="{2}" xmlns="http://www.w3.org/2000/svg" font-family="{3}" font-size="14">'
        '<title id="{0}-title">{4}</title><desc id="{0}-desc">{5}</desc><defs>{6}</defs>{7}{8}{9}{10}</svg>',
        name,
        WIDTH,
        HEIGHT,
        FONT,
        gettext("Duties of the last twelve months"),
        _summary(rows),
        format_html_join("", "{}", ((_pattern(name, kind),) for kind in KINDS if kind.strokes)),
        _legend(name),
        _axis(top),
        format_html_join("", "{}", ((_bar(name, row, place, len(rows), top),) for place, row in enumerate(rows))),
        _note() if any(_height(row) > top for row in rows) else "",
    )


def _summary(rows: Sequence[Month]) -> str:
    """The chart in one sentence, for those who do not see it; the numbers stand in the table beside."""
    total = sum(_height(row) for row in rows)
    late = sum(row.tally.overdue for row in rows)
    words = ngettext("%(count)s duty in all, %(late)s overdue.", "%(count)s duties in all, %(late)s overdue.", total)
    return words % {"count": f"{total:,}", "late": f"{late:,}"}


def _pattern(name: str, kind: Kind) -> SafeString:
    return format_html(
        '<pattern id="{0}-{1}" class="ch-fill-{1}" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect class="ch-hatched" width="8" height="8" fill="{2}"/>'
        '<path class="ch-strokes" d="{3}" stroke="{4}" stroke-width="2" stroke-linecap="square" fill="none"/>'
        "</pattern>",
        name,
        kind.name,
        PAPER,
        kind.strokes,
        kind.colour,
    )


def _fill(name: str, kind: Kind) -> str:
    # A plain colour is no pattern: printers draw the seams between its tiles.
    return f"url(#{name}-{kind.name})" if kind.strokes else kind.colour


def _legend(name: str) -> SafeString:
    step = (WIDTH - LEFT - RIGHT) / len(KINDS)
    return format_html_join(
        "",
        '<rect class="ch-edge ch-edge-{1}" x="{2}" y="8" width="18" height="18" fill="{0}" stroke="{3}"/>'
        '<text class="ch-words" x="{4}" y="22" fill="{5}">{6}</text>',
        (
            (
                _fill(name, kind),
                kind.name,
                _n(LEFT + place * step),
                kind.colour,
                _n(LEFT + place * step + 25),
                INK,
                kind.label,
            )
            for place, kind in enumerate(KINDS)
        ),
    )


def _axis(top: int) -> SafeString:
    lines = [(top * part // 4, _y(top * part // 4, top)) for part in range(5)]
    return format_html_join(
        "",
        '<line class="ch-line" x1="{0}" x2="{1}" y1="{2}" y2="{2}" stroke="{3}"/>'
        '<text class="ch-quiet" x="{4}" y="{5}" text-anchor="end" fill="{6}">{7}</text>',
        ((LEFT, WIDTH - RIGHT, _n(y), LINE, LEFT - 8, _n(y + 5), QUIET, _short(value)) for value, y in lines),
    )


def _bar(name: str, row: Month, place: int, places: int, top: int) -> SafeString:
    step = (WIDTH - LEFT - RIGHT) / places
    x, middle, width = LEFT + (place + (1 - BAR) / 2) * step, LEFT + (place + 0.5) * step, BAR * step
    total = _height(row)
    # A bar that is cut short keeps the proportions of its layers.
    scale = top / total if total > top else 1.0
    layers, stand = [], 0
    for kind in KINDS:
        count = getattr(row.tally, kind.name)
        if count:
            y, foot = _y((stand + count) * scale, top), _y(stand * scale, top)
            layers.append((kind.name, _n(x), _n(y), _n(width), _n(foot - y), _fill(name, kind), kind.colour))
            stand += count
    return format_html(
        '{}{}{}<text class="ch-words" x="{}" y="{}" text-anchor="middle" fill="{}">{}</text>{}',
        format_html_join(
            "",
            '<rect class="ch-edge ch-edge-{0}" x="{1}" y="{2}" width="{3}" height="{4}" fill="{5}" stroke="{6}"/>',
            layers,
        ),
        _cut(x, width) if scale < 1 else "",
        _total(total, middle, _y(total * scale, top)),
        _n(middle),
        HEIGHT - BOTTOM + 20,
        INK,
        pgettext("month on an axis", "%(month)s") % {"month": row.first.month},
        _year(row.first, middle) if place == 0 or row.first.month == 1 else "",
    )


def _total(total: int, middle: float, y: float) -> SafeString:
    words = '<text class="ch-words" x="{}" y="{}" text-anchor="middle" fill="{}">{}</text>'
    return format_html(words, _n(middle), _n(y - 6), INK, _short(total) if total else "")


def _cut(x: float, width: float) -> SafeString:
    """Two slanting lines through a bar whose height says less than its number."""
    y = (TOP + HEIGHT - BOTTOM) // 2
    return format_html(
        '<path class="ch-cut" d="M{0} {1} L{2} {3} L{2} {4} L{0} {5} Z" fill="{6}"/>',
        _n(x - 3),
        y,
        _n(x + width + 3),
        y - 8,
        y - 2,
        y + 6,
        PAPER,
    )


def _note() -> SafeString:
    return format_html(
        '<text class="ch-quiet" x="{}" y="{}" text-anchor="end" fill="{}">{}</text>',
        WIDTH - RIGHT,
        HEIGHT - BOTTOM + 42,
        QUIET,
        gettext("≈ bar cut short, its number holds"),
    )


def _year(first: date, middle: float) -> SafeString:
    return format_html(
        '<text class="ch-quiet" x="{}" y="{}" text-anchor="middle" fill="{}">{}</text>',
        _n(middle),
        HEIGHT - BOTTOM + 42,
        QUIET,
        date_format(first, "Y"),
    )


def _height(row: Month) -> int:
    return sum(getattr(row.tally, kind.name) for kind in KINDS)


def _y(value: float, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top


def _top(heights: Sequence[int]) -> int:
    """Where the axis ends.  Yearly duties all fall due in December: a bar that would flatten the others is cut."""
    *_rest, second, most = sorted([0, 0, *heights])
    return _ceiling(second if second and most > OUTLIER * second else most)


def _ceiling(most: int) -> int:
    """The smallest number that is not below `most`, is round, and has four round quarters."""
    power = 1
    while True:
        for times in (4, 6, 8, 12, 16, 20, 24, 32):
            if most <= times * power and times * power % 4 == 0:
                return times * power
        power *= 10


def _short(value: int) -> str:
    """A count that fits above a bar: in ten thousands from a hundred thousand on, where a language has them."""
    if value >= 100_000:
        return pgettext("large count on a chart", "%(thousands)sk") % {
            "thousands": f"{value // 1000:,}",
            "ten_thousands": f"{value / 10_000:.1f}",
        }
    return f"{value:,}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
