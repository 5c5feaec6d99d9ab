"""A path is the parent's path plus one step; checked when the transaction ends, so that a subtree can move in between."""

from django.db import migrations

CREATE = """
CREATE FUNCTION members_check_tree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM members_organization o
          LEFT JOIN members_organization p ON p.id = o.parent_id
         WHERE o.id = NEW.id
           AND (left(o.path, -4) <> coalesce(p.path, '')
                OR EXISTS (SELECT FROM members_organization c
                            WHERE c.parent_id = o.id AND left(c.path, -4) <> o.path))
    ) THEN
        RAISE EXCEPTION 'The path of organization % does not fit its place in the tree.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'paths_make_a_tree';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER members_paths_make_a_tree AFTER INSERT OR UPDATE OF path, parent_id ON members_organization
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION members_check_tree();
"""
DROP = """
DROP TRIGGER members_paths_make_a_tree ON members_organization;
DROP FUNCTION members_check_tree();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0004_roster_import")]
    operations = [migrations.RunSQL(CREATE, DROP)]
