"""Payment lines as the bank returned them (imported ledger); pay rolls come with later work."""

from __future__ import annotations

from django.db import models


class Item(models.TextChoices):
    DIBAO = "dibao", "低保金"
    TEKUN = "tekun", "特困供养金"
    SUPPLEMENT = "supplement", "分类施保增发"


class Result(models.TextChoices):
    PAID = "paid", "已发放"
    RETURNED = "returned", "退票"


class PaymentLine(models.Model):
    """One line of a month: the household's difference, or one person's supplement.

    What the bank returned stays beside the line that was paid in its place.
    """

    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="payments")
    person = models.ForeignKey("registry.Person", models.PROTECT, null=True, related_name="+")
    period = models.CharField(max_length=7)
    item = models.CharField(
        max_length=12, choices=[("dibao", "低保金"), ("tekun", "特困供养金"), ("supplement", "分类施保增发")]
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    result = models.CharField(max_length=8, choices=[("paid", "已发放"), ("returned", "退票")])
    paid_on = models.DateField(null=True)

    class Meta:
        db_table = "payment_line"
        constraints = [
            models.UniqueConstraint(
                fields=["household", "person", "period", "item"],
                condition=models.Q(result="paid"),
                nulls_distinct=False,
                name="payment_line_paid_once",
            ),
            models.UniqueConstraint(
                fields=["household", "person", "period", "item", "result", "paid_on"],
                nulls_distinct=False,
                name="payment_line_once",
            ),
        ]
        indexes = [models.Index(fields=["period", "household"])]
