"""The duty ledger as PDF: seconds and memory for 100, 1000 and 5000 rows; both must grow with the rows, not faster."""

from tests.bench import common

import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from carehelp.lib import clock
from carehelp.reports import duty_ledger, printing
from carehelp.reports.periods import Period
from members.models import Organization
from visits.models import Duty

SIZES = (100, 1000, 5000)
MADE = printing.Made("测速", clock.now())


def main() -> None:
    common.province()
    whole = _ledger(max(SIZES))
    per_thousand: dict[int, float] = {}
    for size in SIZES:
        seconds, peak, pages = _printed(_cut(whole, size))
        per_thousand[size] = seconds / size * 1000
        common.result(
            f"duty ledger PDF, {size:,} rows, {pages} pages ({per_thousand[size]:.2f} s per 1,000)",
            timing=common.Timing((seconds,)),
            median_limit=15 if size == max(SIZES) else None,
            ratio=per_thousand[size] / per_thousand[1000] if size > 1000 else None,
            ratio_limit=1.3 if size > 1000 else None,
            peak=peak,
            peak_limit=500,
        )


def _ledger(rows: int) -> duty_ledger.Ledger:
    """The smallest subtree along the way down that has enough duties."""
    period = Period(date(2020, 1, 1), date(2027, 12, 31))
    organization = Organization.objects.filter(parent__isnull=True).order_by("path")[0]
    while True:
        smaller = next((node for node in organization.children.order_by("path") if _has(node, rows)), None)
        if smaller is None:
            return duty_ledger.gather(organization, period, by=None, today=common.TODAY)
        organization = smaller


def _has(organization: Organization, rows: int) -> bool:
    return Duty.objects.under(organization)[:rows].count() == rows


def _cut(ledger: duty_ledger.Ledger, size: int) -> duty_ledger.Ledger:
    ids = list(ledger.duties.order_by("organization__path", "due", "pk").values_list("pk", flat=True)[:size])
    return replace(ledger, duties=ledger.duties.filter(pk__in=ids))


def _printed(ledger: duty_ledger.Ledger) -> tuple[float, float, int]:
    """Seconds for rows, layout and binding; the most megabytes of one process; pages."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        printed = printing.print_ledger(ledger, title="关怀任务台账", made=MADE, output=Path(folder) / "ledger.pdf")
        return time.perf_counter() - start, max(printed.peak_megabytes, common.peak_mb()), printed.pages


if __name__ == "__main__":
    main()
