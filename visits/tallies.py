"""Folding the differences that writers of duties left into the sums that readers read, and counting anew."""

from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Count, DateField, Max
from django.db.models.functions import TruncMonth

from members.models import Member
from visits.compliance import behind
from visits.models import CareAction, Duty

LOCK = (7405, 1)  # Also taken by the trigger that moves a subtree's sums (migration 0003).
KEY = "organization_id, due_month, grace_month, rule_code, article"
PARTS = ("done_in_time", "done_late", "waived", "void", "open")

_SUMS = ", ".join(f"sum({part}) AS {part}" for part in PARTS)
_ADD = ", ".join(f"{part} = kept.{part} + excluded.{part}" for part in PARTS)
_ABOVE = """above AS (
    SELECT o.id AS below_id, a.id AS organization_id
    FROM (SELECT DISTINCT organization_id FROM own) there
    JOIN members_organization o ON o.id = there.organization_id
    CROSS JOIN LATERAL generate_series(4, length(o.path), 4) AS width
    JOIN members_organization a ON a.path = left(o.path, width)
)"""
_FOLD = f"""
WITH taken AS (DELETE FROM visits_dutytallydelta RETURNING {KEY}, {", ".join(PARTS)}),
own AS (SELECT {KEY}, {_SUMS} FROM taken GROUP BY {KEY}),
{_ABOVE}
INSERT INTO visits_dutytally AS kept ({KEY}, {", ".join(PARTS)})
SELECT above.{KEY}, {_SUMS} FROM own JOIN above ON below_id = own.organization_id
GROUP BY above.{KEY}
ON CONFLICT ({KEY}) DO UPDATE SET {_ADD}
"""
# Only where there is something to add up; the rest of the table stays as it is.
_COMPACT = """
WITH taken AS (
    DELETE FROM visits_headcount WHERE organization_id IN (
        SELECT organization_id FROM visits_headcount GROUP BY organization_id HAVING count(*) > 1
    ) RETURNING organization_id, members
)
INSERT INTO visits_headcount (organization_id, members)
SELECT organization_id, sum(members) FROM taken GROUP BY organization_id HAVING sum(members) <> 0
"""

# What is right stays untouched; a sum that nothing stands behind becomes nought, which readers add up to nothing.
_TRUE = ", ".join(f"coalesce(counted.{part}, 0)" for part in PARTS)
_KEPT = ", ".join(f"coalesce(kept.{part}, 0)" for part in PARTS)
_MEND_SUMS = f"""
WITH own ({KEY}, {", ".join(PARTS)}) AS ({{counted}}),
{_ABOVE},
counted AS (
    SELECT above.{KEY}, {_SUMS} FROM own JOIN above ON below_id = own.organization_id GROUP BY above.{KEY}
)
INSERT INTO visits_dutytally ({KEY}, {", ".join(PARTS)})
SELECT {KEY}, {_TRUE} FROM counted FULL JOIN visits_dutytally kept USING ({KEY})
WHERE ({_TRUE}) IS DISTINCT FROM ({_KEPT})
ON CONFLICT ({KEY}) DO UPDATE SET {", ".join(f"{part} = excluded.{part}" for part in PARTS)}
"""
_MEND_HEADCOUNTS = """
WITH counted (organization_id, members) AS ({counted}),
kept AS (SELECT organization_id, sum(members) AS members FROM visits_headcount GROUP BY organization_id)
INSERT INTO visits_headcount (organization_id, members)
SELECT organization_id, coalesce(counted.members, 0) - coalesce(kept.members, 0)
FROM counted FULL JOIN kept USING (organization_id)
WHERE coalesce(counted.members, 0) <> coalesce(kept.members, 0)
"""
_MEND_LAST_ACTIONS = """
WITH counted (organization_id, "on") AS ({counted})
INSERT INTO visits_lastaction (organization_id, "on")
SELECT organization_id, counted."on" FROM counted FULL JOIN visits_lastaction kept USING (organization_id)
WHERE counted."on" IS DISTINCT FROM kept."on"
ON CONFLICT (organization_id) DO UPDATE SET "on" = excluded."on"
"""
_SOURCES = "visits_duty, visits_careaction, members_member, members_organization"
_ATTEMPTS = 120
_LOCK_NOT_AVAILABLE = "55P03"


class StillWritten(RuntimeError):
    """Somebody kept writing to the counted tables for a minute; nothing was changed."""


@dataclass(frozen=True)
class Mended:
    """How many kept figures differed from what counting gives, by kind."""

    sums: int
    headcounts: int
    last_actions: int

    def __bool__(self) -> bool:
        return any(astuple(self))


def fold() -> int:
    """Lift all differences into the sums of their organization and of every one above it; gives rows written.

    Only speed depends on how often this runs: readers add what has not been folded yet.  If the process dies here,
    the transaction takes everything back.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # One at a time, and not while a subtree moves.  A statement of its own: the fold must see what the one
        # before it, or the move, committed.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
        cursor.execute(_COMPACT)
        cursor.execute(_FOLD)
        written: int = cursor.rowcount
    return written


def recount() -> Mended:
    """Count everything anew from duties, members and care actions, and mend the kept figures that differ.

    Nobody can write to what is counted until the caller's transaction ends (reading goes on), so the figures are
    exact.  If the process dies here, nothing has changed.  Raises `StillWritten`.
    """
    with transaction.atomic():
        _keep_writers_out()
        fold()
        return Mended(
            sums=_mend(_MEND_SUMS, _counted_duties()),
            headcounts=_mend(
                _MEND_HEADCOUNTS, Member.objects.in_place().order_by().values_list("organization").annotate(Count("pk"))
            ),
            last_actions=_mend(
                _MEND_LAST_ACTIONS,
                CareAction.objects.standing().order_by().values_list("organization").annotate(Max("on")),
            ),
        )


def _counted_duties() -> Any:
    """Rows of `KEY` and `PARTS` for what hangs on each organization itself."""
    today = date.min  # None of the parts depends on the day.
    months = {
        f"{day}_month": TruncMonth(column, DateField()) for day, column in (("due", "due"), ("grace", "grace_until"))
    }
    parts = {part: Count("pk", filter=behind(part, today)) for part in PARTS}
    keys = KEY.split(", ")
    return Duty.objects.order_by().annotate(**months).values_list(*keys).annotate(**parts).values_list(*keys, *PARTS)


def _mend(statement: str, counted: Any) -> int:
    """Run a mending statement over what a query counts; gives the figures that differed."""
    sql, params = counted.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(counted=sql), params)
        return int(cursor.rowcount)


def _keep_writers_out() -> None:
    """Lock what is counted against writing.

    Given up and tried anew before the server looks for deadlocks (after a second), so that it is never somebody else's
    work that is broken off for this.
    """
    for _attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '500ms'")
                cursor.execute(f"LOCK TABLE {_SOURCES} IN SHARE MODE")
                cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
            return
        except OperationalError as reason:
            if getattr(reason.__cause__, "pgcode", None) != _LOCK_NOT_AVAILABLE:
                raise
    raise StillWritten("The tables are being written to; try again when a plan or an import has ended.")
