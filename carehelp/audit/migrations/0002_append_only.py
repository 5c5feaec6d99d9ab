"""The chain begins with one head row, and the database itself refuses to change or remove an event."""

from django.db import migrations

CREATE = """
INSERT INTO audit_audithead (id, last_id, last_seal) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are never changed or removed';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""
DROP = """
DROP TRIGGER audit_append_only ON audit_auditevent;
DROP TRIGGER audit_no_truncate ON audit_auditevent;
DROP FUNCTION audit_refuse();
DELETE FROM audit_audithead;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
