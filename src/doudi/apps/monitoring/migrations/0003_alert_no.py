"""The sequence behind alert numbers."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0002_initial")]
    operations = [migrations.RunSQL("CREATE SEQUENCE alert_no", "DROP SEQUENCE alert_no")]
