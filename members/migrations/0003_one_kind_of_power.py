"""One person holds one kind of power at a time, and the database itself refuses a second kind.

The kinds: seeing people (secretary, officers, auditor), system, security and audit administration.  Protection
level 3 wants the three administrators apart from each other and away from people's data.
"""

from django.db import migrations

CREATE = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE members_appointment
    ADD CONSTRAINT one_kind_of_power EXCLUDE USING gist (
        user_id WITH =,
        (CASE WHEN role IN ('system-admin', 'security-admin', 'audit-admin') THEN role ELSE 'people' END) WITH <>,
        daterange(starts, ends, '[]') WITH &&
    ),
    ADD CONSTRAINT appointed_once_at_a_time EXCLUDE USING gist (
        user_id WITH =,
        organization_id WITH =,
        role WITH =,
        daterange(starts, ends, '[]') WITH &&
    );
"""
DROP = """
ALTER TABLE members_appointment DROP CONSTRAINT one_kind_of_power, DROP CONSTRAINT appointed_once_at_a_time;
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0003_suspension_and_filters")]
    operations = [migrations.RunSQL(CREATE, DROP)]
