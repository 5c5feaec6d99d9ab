"""What every benchmark shares: a seeded province of its own, a stopwatch, and lines for the table at the end.

Importing this module sets up Django in demo mode on `.data/bench-<members>` (or BENCH_DATA); `province()` seeds it
once and keeps it.  `BENCH_MEMBERS` makes everything smaller; the limits are those for a million members.
"""

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MEMBERS = int(os.environ.get("BENCH_MEMBERS", "1000000"))
TODAY = date(2026, 11, 24)
DATA = Path(os.environ.get("BENCH_DATA", ROOT / ".data" / f"bench-{MEMBERS}"))

os.environ["CAREHELP_DATA"] = str(DATA)
os.environ["CAREHELP_TODAY"] = TODAY.isoformat()
os.environ.setdefault("CAREHELP_MODE", "demo")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carehelp.settings")

if not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
    from carehelp.lib import embedded

    _servers = embedded.start(DATA)
    os.environ.setdefault("DATABASE_URL", _servers.database_url)
    os.environ.setdefault("REDIS_URL", _servers.redis_url)

import django

django.setup()

from django.core.management import call_command


@dataclass(frozen=True)
class Timing:
    """Seconds, from several runs of the same work."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def p95(self) -> float:
        return sorted(self.runs)[max(0, -(-len(self.runs) * 95 // 100) - 1)]


@dataclass(frozen=True)
class Result:
    """One line of the table.  Seconds where a time is meant; `limit` in the unit of what it limits."""

    what: str
    median: float | None = None
    p95: float | None = None
    ratio: float | None = None
    peak_mb: float | None = None
    limit: str = ""
    holds: bool | None = None


def timed(work: Callable[[], object], *, times: int = 20, warm: int = 1) -> Timing:
    """Run `work` `warm` times unmeasured, then `times` times measured."""
    for _ in range(warm):
        work()
    runs = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        runs.append(time.perf_counter() - start)
    return Timing(tuple(runs))


def peak_mb() -> float:
    """Highest resident memory of this process and of its ended children so far, in MB."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) / 1024


def result(
    what: str,
    *,
    timing: Timing | None = None,
    ratio: float | None = None,
    ratio_limit: float | None = None,
    p95_limit: float | None = None,
    median_limit: float | None = None,
    peak: float | None = None,
    peak_limit: float | None = None,
) -> Result:
    """Report one line: printed at once, and kept for the table that the runner prints at the end."""
    checks = [
        (timing.p95 if timing else None, p95_limit, "p95 <= {:.3f} s"),
        (timing.median if timing else None, median_limit, "median <= {:.3f} s"),
        (ratio, ratio_limit, "ratio <= {:.1f}"),
        (peak, peak_limit, "peak <= {:.0f} MB"),
    ]
    asked = [(value, limit, text) for value, limit, text in checks if limit is not None]
    row = Result(
        what,
        median=timing.median if timing else None,
        p95=timing.p95 if timing else None,
        ratio=ratio,
        peak_mb=peak,
        limit=", ".join(text.format(limit) for _value, limit, text in asked),
        holds=all(value is not None and value <= limit for value, limit, _text in asked) if asked else None,
    )
    print(line(row), flush=True)
    kept = os.environ.get("BENCH_RESULTS")
    if kept:
        with open(kept, "a") as out:
            out.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
    return row


def line(row: Result) -> str:
    """A row of the table, in fixed columns."""
    seconds = ["-" if value is None else f"{value * 1000:,.1f} ms" for value in (row.median, row.p95)]
    ratio = "-" if row.ratio is None else f"{row.ratio:.2f} x"
    memory = "-" if row.peak_mb is None else f"{row.peak_mb:,.0f} MB"
    verdict = {True: "holds", False: "MISSED", None: ""}[row.holds]
    return f"{row.what:<58} {seconds[0]:>14} {seconds[1]:>14} {ratio:>9} {memory:>10}  {verdict:<7} {row.limit}"


HEAD = f"{'':<58} {'median':>14} {'p95':>14} {'ratio':>9} {'peak':>10}"


def province(members: int = MEMBERS) -> None:
    """Make sure that the seeded province is there: made once, planned through `TODAY`, reused afterwards."""
    from members.models import Member

    call_command("migrate", verbosity=0)
    if not (ROOT / ".static" / "staticfiles.json").exists():
        call_command("collectstatic", "--noinput", verbosity=0)
    if not Member.objects.exists():
        started = time.perf_counter()
        call_command("seed", members=members, stdout=sys.stderr)
        took = time.perf_counter() - started
        result(f"seed {members:,} members", timing=Timing((took,)), peak=peak_mb(), median_limit=600, peak_limit=1024)
