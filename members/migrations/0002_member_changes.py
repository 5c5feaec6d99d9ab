"""Whatever writes a member's standing, dates or branch leaves the member's id for upper floors to look at."""

from django.db import migrations

FACTS = "organization_id, birth_on, joined_on, joined_precision, party_status, party_age_from, medal_on, died_on, left_on"
OLD = ", ".join(f"o.{fact.strip()}" for fact in FACTS.split(","))
NEW = ", ".join(f"n.{fact.strip()}" for fact in FACTS.split(","))

CREATE = f"""
CREATE FUNCTION members_note_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO members_memberchange (member_id) SELECT id FROM new_rows;
    RETURN NULL;
END $$;
CREATE FUNCTION members_note_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO members_memberchange (member_id)
    SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
    WHERE ({NEW}) IS DISTINCT FROM ({OLD});
    RETURN NULL;
END $$;
CREATE TRIGGER members_note_new AFTER INSERT ON members_member
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION members_note_new();
CREATE TRIGGER members_note_changed AFTER UPDATE ON members_member
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION members_note_changed();
"""
DROP = """
DROP TRIGGER members_note_new ON members_member;
DROP TRIGGER members_note_changed ON members_member;
DROP FUNCTION members_note_new();
DROP FUNCTION members_note_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
