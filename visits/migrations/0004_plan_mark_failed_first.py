from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("visits", "0003_tally_triggers")]

    operations = [
        migrations.AlterField("planmark", "planned_through", models.DateField(null=True)),
        migrations.AlterField("planmark", "fingerprint", models.CharField(blank=True, max_length=64)),
    ]
