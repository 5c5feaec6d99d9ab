"""How many members an organization has, and when somebody last did something: noted by every statement that writes."""

from django.db import migrations

IN_PLACE = "died_on IS NULL AND left_on IS NULL"
RECOUNT = """
    SELECT array_agg(id) INTO touched FROM ({touched}) t(id);
    IF touched IS NULL THEN
        RETURN NULL;
    END IF;
    -- First the lock, then the look: what somebody else committed meanwhile must be seen.
    PERFORM FROM visits_lastaction WHERE organization_id = ANY(touched) ORDER BY organization_id FOR UPDATE;
    INSERT INTO visits_lastaction (organization_id, "on")
    SELECT t.id, (SELECT max(a."on") FROM visits_careaction a WHERE a.organization_id = t.id AND a.cancelled_at IS NULL)
    FROM unnest(touched) t(id) ORDER BY t.id
    ON CONFLICT (organization_id) DO UPDATE SET "on" = excluded."on";
    RETURN NULL;
"""
CHANGED = """
        SELECT o.organization_id FROM old_rows o JOIN new_rows n USING (id)
        WHERE (o."on", o.organization_id, o.cancelled_at) IS DISTINCT FROM (n."on", n.organization_id, n.cancelled_at)
        UNION
        SELECT n.organization_id FROM old_rows o JOIN new_rows n USING (id)
        WHERE (o."on", o.organization_id, o.cancelled_at) IS DISTINCT FROM (n."on", n.organization_id, n.cancelled_at)
    """

CREATE = f"""
CREATE FUNCTION visits_heads_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO visits_headcount (organization_id, members)
    SELECT organization_id, count(*) FROM new_rows WHERE {IN_PLACE} GROUP BY organization_id;
    RETURN NULL;
END $$;
CREATE FUNCTION visits_heads_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO visits_headcount (organization_id, members)
    SELECT organization_id, -count(*) FROM old_rows WHERE {IN_PLACE} GROUP BY organization_id;
    RETURN NULL;
END $$;
CREATE FUNCTION visits_heads_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO visits_headcount (organization_id, members)
    SELECT organization_id, sum(sign) FROM (
        SELECT organization_id, -1 AS sign FROM old_rows WHERE {IN_PLACE}
        UNION ALL
        SELECT organization_id, 1 FROM new_rows WHERE {IN_PLACE}
    ) both_sides
    GROUP BY organization_id HAVING sum(sign) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER visits_heads_new AFTER INSERT ON members_member
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION visits_heads_new();
CREATE TRIGGER visits_heads_changed AFTER UPDATE ON members_member
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION visits_heads_changed();
CREATE TRIGGER visits_heads_gone AFTER DELETE ON members_member
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION visits_heads_gone();

CREATE FUNCTION visits_last_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Only a later day touches the row, so that the second visit of a day waits for nobody.
    INSERT INTO visits_lastaction AS kept (organization_id, "on")
    SELECT organization_id, newest FROM (
        SELECT organization_id, max("on") AS newest FROM new_rows WHERE cancelled_at IS NULL GROUP BY organization_id
    ) n
    WHERE NOT EXISTS (
        SELECT FROM visits_lastaction l WHERE l.organization_id = n.organization_id AND l."on" >= n.newest
    )
    ORDER BY organization_id
    ON CONFLICT (organization_id) DO UPDATE SET "on" = greatest(kept."on", excluded."on");
    RETURN NULL;
END $$;
CREATE FUNCTION visits_last_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    {RECOUNT.format(touched=CHANGED)}
END $$;
CREATE FUNCTION visits_last_gone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    {RECOUNT.format(touched="SELECT DISTINCT organization_id FROM old_rows")}
END $$;
CREATE TRIGGER visits_last_new AFTER INSERT ON visits_careaction
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION visits_last_new();
CREATE TRIGGER visits_last_changed AFTER UPDATE ON visits_careaction
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION visits_last_changed();
CREATE TRIGGER visits_last_gone AFTER DELETE ON visits_careaction
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION visits_last_gone();

-- What was there before.
INSERT INTO visits_headcount (organization_id, members)
SELECT organization_id, count(*) FROM members_member WHERE {IN_PLACE} GROUP BY organization_id;
INSERT INTO visits_lastaction (organization_id, "on")
SELECT organization_id, max("on") FROM visits_careaction WHERE cancelled_at IS NULL GROUP BY organization_id;
"""
TRIGGERS = (
    ("visits_last_gone", "visits_careaction"),
    ("visits_last_changed", "visits_careaction"),
    ("visits_last_new", "visits_careaction"),
    ("visits_heads_gone", "members_member"),
    ("visits_heads_changed", "members_member"),
    ("visits_heads_new", "members_member"),
)
DROP = "\n".join(f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();" for name, table in TRIGGERS)
DROP += "\nDELETE FROM visits_headcount; DELETE FROM visits_lastaction;"


class Migration(migrations.Migration):
    dependencies = [("visits", "0005_headcounts"), ("members", "0002_member_changes")]
    operations = [migrations.RunSQL(CREATE, DROP)]
