"""Folding the differences that writers of duties left into the sums that readers read."""

from django.db import connection, transaction

LOCK = (7405, 1)  # Also taken by the trigger that moves a subtree's sums (migration 0003).
KEY = "organization_id, due_month, grace_month, rule_code, article"
PARTS = ("done_in_time", "done_late", "waived", "void", "open")

_SUMS = ", ".join(f"sum({part}) AS {part}" for part in PARTS)
_ADD = ", ".join(f"{part} = kept.{part} + excluded.{part}" for part in PARTS)
_FOLD = f"""
WITH taken AS (DELETE FROM visits_dutytallydelta RETURNING {KEY}, {", ".join(PARTS)}),
own AS (SELECT {KEY}, {_SUMS} FROM taken GROUP BY {KEY}),
above AS (
    SELECT o.id AS below_id, a.id AS organization_id
    FROM (SELECT DISTINCT organization_id FROM own) there
    JOIN members_organization o ON o.id = there.organization_id
    CROSS JOIN LATERAL generate_series(4, length(o.path), 4) AS width
    JOIN members_organization a ON a.path = left(o.path, width)
)
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
