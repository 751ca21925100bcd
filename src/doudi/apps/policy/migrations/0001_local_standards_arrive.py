"""Local standards come from the app ``determination`` with their rows and history; see its migration 0004."""

import django.db.models.deletion
from django.db import migrations, models

AREAS = [("urban", "城市"), ("rural", "农村")]


def _columns():
    return [
        ("division", models.CharField(max_length=12)),
        ("parameter", models.CharField(max_length=60)),
        ("area", models.CharField(blank=True, choices=AREAS, max_length=5)),
        ("valid_from", models.DateField()),
        ("value", models.JSONField()),
        ("document", models.CharField(blank=True, max_length=120)),
        ("is_sample", models.BooleanField(default=False)),
    ]


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("determination", "0004_local_standards_leave"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="LocalStandard",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        *_columns(),
                    ],
                    options={"db_table": "local_standard"},
                ),
                migrations.CreateModel(
                    name="LocalStandardEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("id", models.BigIntegerField()),
                        *_columns(),
                        (
                            "pgh_context",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="pghistory.context",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="policy.localstandard",
                            ),
                        ),
                    ],
                    options={"abstract": False},
                ),
            ]
        ),
    ]
