"""Local standards move to the app ``policy``: the tables stay with their rows, only their history's is renamed."""

import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("determination", "0003_standards_of_any_division")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="localstandard", name="insert_insert"),
        pgtrigger.migrations.RemoveTrigger(model_name="localstandard", name="update_update"),
        pgtrigger.migrations.RemoveTrigger(model_name="localstandard", name="delete_delete"),
        pgtrigger.migrations.RemoveTrigger(model_name="localstandardevent", name="append_only"),
        migrations.RemoveConstraint(model_name="localstandard", name="local_standard_once"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AlterModelTable("localstandardevent", "policy_localstandardevent")],
            state_operations=[
                migrations.DeleteModel("LocalStandardEvent"),
                migrations.DeleteModel("LocalStandard"),
            ],
        ),
    ]
