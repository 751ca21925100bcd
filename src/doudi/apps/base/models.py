"""Keys of requests that were carried out, so that a request sent twice has one effect."""

from __future__ import annotations

from django.db import models


class IdempotencyKey(models.Model):
    """One carried-out request. The unique key is the lock: a second sender waits, then reads the first result."""

    key = models.CharField(max_length=64, unique=True)
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=60)
    result = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "idempotency_key"
