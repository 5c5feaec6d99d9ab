"""Every statement that writes duties leaves its differences; a moved subtree takes its sums along."""

from django.db import migrations

KEY = "organization_id, rule_code, article, due_month, grace_month"
COUNTS = "done_in_time, done_late, waived, void, open"


def months_of(row: str) -> str:
    return ", ".join(f"date_trunc('month', {row}{day}::timestamp)::date" for day in ("due", "grace_until"))


GROUPED = f"organization_id, rule_code, article, {months_of('')}"
# The same meanings as `visits.compliance.behind`; a test compares the two.
CASES = (
    "status = 'done' AND ended_on <= grace_until",
    "status = 'done' AND ended_on > grace_until",
    "status = 'waived'",
    "status = 'void'",
    "status = 'open'",
)


def whole(table: str, sign: str = "") -> str:
    counts = ", ".join(f"{sign}count(*) FILTER (WHERE {case})" for case in CASES)
    return f"""
    INSERT INTO visits_dutytallydelta ({KEY}, {COUNTS})
    SELECT {GROUPED}, {counts} FROM {table} GROUP BY {GROUPED};"""


SIGNED = ", ".join(f"coalesce(sum(sign) FILTER (WHERE {case}), 0)" for case in CASES)
FACTS = "organization_id, rule_code, article, due, grace_until, status, ended_on"
OLD = ", ".join(f"o.{fact.strip()}" for fact in FACTS.split(","))
NEW = ", ".join(f"n.{fact.strip()}" for fact in FACTS.split(","))

CREATE = f"""
CREATE FUNCTION visits_tally_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {whole("new_rows")}
    RETURN NULL;
END $$;

CREATE FUNCTION visits_tally_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {whole("old_rows", "-")}
    RETURN NULL;
END $$;

CREATE FUNCTION visits_tally_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO visits_dutytallydelta ({KEY}, {COUNTS})
    SELECT {GROUPED}, {SIGNED}
    FROM (
        SELECT -1 AS sign, {OLD} FROM old_rows o JOIN new_rows n USING (id) WHERE ({OLD}) IS DISTINCT FROM ({NEW})
        UNION ALL
        SELECT 1, {NEW} FROM old_rows o JOIN new_rows n USING (id) WHERE ({OLD}) IS DISTINCT FROM ({NEW})
    ) both_sides
    GROUP BY {GROUPED};
    RETURN NULL;
END $$;

CREATE TRIGGER visits_tally_new AFTER INSERT ON visits_duty
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION visits_tally_new();
CREATE TRIGGER visits_tally_changed AFTER UPDATE ON visits_duty
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION visits_tally_changed();
CREATE TRIGGER visits_tally_gone AFTER DELETE ON visits_duty
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION visits_tally_gone();

-- The sums of organizations above a moved one change by its sums.  Folding waits meanwhile (the same advisory
-- lock): it must not lift differences along a path that is about to be another.
CREATE FUNCTION visits_tally_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.path <> n.path) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(7405, 1);
    WITH moved AS (
        SELECT n.id, o.path AS old_path, n.path AS new_path
        FROM old_rows o JOIN new_rows n USING (id) WHERE o.path <> n.path
    ), tops AS (
        SELECT * FROM moved m
        WHERE NOT EXISTS (
            SELECT FROM moved a WHERE length(a.new_path) < length(m.new_path) AND starts_with(m.new_path, a.new_path)
        )
    ), steps AS (
        SELECT t.id AS moved_id, a.id AS above_id, s.sign
        FROM tops t
        CROSS JOIN LATERAL (VALUES (-1, t.old_path), (1, t.new_path)) s(sign, path)
        CROSS JOIN LATERAL generate_series(4, length(s.path) - 4, 4) AS width
        JOIN members_organization a ON a.path = left(s.path, width)
    )
    INSERT INTO visits_dutytally AS kept ({KEY}, {COUNTS})
    SELECT above_id, rule_code, article, due_month, grace_month,
           {", ".join(f"sum(sign * {part.strip()})" for part in COUNTS.split(","))}
    FROM steps JOIN visits_dutytally t ON t.organization_id = moved_id
    GROUP BY above_id, rule_code, article, due_month, grace_month
    HAVING sum(sign) <> 0
    ON CONFLICT ({KEY}) DO UPDATE SET
        {", ".join(f"{part.strip()} = kept.{part.strip()} + excluded.{part.strip()}" for part in COUNTS.split(","))};
    RETURN NULL;
END $$;
CREATE TRIGGER visits_tally_moved AFTER UPDATE ON members_organization
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION visits_tally_moved();

-- Duties that were there before.
{whole("visits_duty")}
"""
DROP = """
DROP TRIGGER visits_tally_moved ON members_organization;
DROP TRIGGER visits_tally_gone ON visits_duty;
DROP TRIGGER visits_tally_changed ON visits_duty;
DROP TRIGGER visits_tally_new ON visits_duty;
DROP FUNCTION visits_tally_moved();
DROP FUNCTION visits_tally_gone();
DROP FUNCTION visits_tally_changed();
DROP FUNCTION visits_tally_new();
DELETE FROM visits_dutytallydelta;
DELETE FROM visits_dutytally;
"""


class Migration(migrations.Migration):
    dependencies = [("visits", "0002_tally_tables"), ("members", "0002_member_changes")]
    operations = [migrations.RunSQL(CREATE, DROP)]
