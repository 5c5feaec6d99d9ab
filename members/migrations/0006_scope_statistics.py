"""Finer statistics of paths: with the usual hundred steps, PostgreSQL takes every county for a single organization."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("members", "0005_paths_make_a_tree")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE members_organization ALTER COLUMN path SET STATISTICS 2000",
            "ALTER TABLE members_organization ALTER COLUMN path SET STATISTICS -1",
        ),
        # The beginnings of common names are common: without their frequencies a search for "wang" looks rare.
        migrations.RunSQL(
            "ALTER TABLE members_member ALTER COLUMN search SET STATISTICS 1000",
            "ALTER TABLE members_member ALTER COLUMN search SET STATISTICS -1",
        ),
    ]
