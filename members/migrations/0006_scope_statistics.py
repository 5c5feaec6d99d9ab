"""Finer statistics of paths: with the usual hundred steps, PostgreSQL takes every county for a single organization."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("members", "0005_paths_make_a_tree")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE members_organization ALTER COLUMN path SET STATISTICS 2000",
            "ALTER TABLE members_organization ALTER COLUMN path SET STATISTICS -1",
        )
    ]
