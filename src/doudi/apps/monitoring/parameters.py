"""Numbers of the alert model that no document gives: defaults, to be changed by the installation's settings.

``ALERT_COOL_DOWN_DAYS`` and ``ALERT_REOPEN_DAYS`` in the settings replace them. Pages show them as 默认值.
"""

from __future__ import annotations

from django.conf import settings

# After a visit that found nothing, the same signal does not ask for another visit for so long.
COOL_DOWN_DAYS = 90
COOL_DOWN_OUTCOMES = frozenset({"NOT_NEEDED", "DATA_ERROR"})
# A matter of supervision that was explained, not corrected, is not asked for again.
EXPLAINED_OUTCOMES = frozenset({"EXPLAINED", "NOT_RELATED", "GUARDIAN_ACCOUNT"})
# A signal that comes back so soon after its alert was closed is the same matter.
REOPEN_DAYS = 30

# Indicators that no clause supports: running more of them than the catalogue does needs a document on record.
NEEDS_BASIS = frozenset({"MNE-02", "MNE-08"})
HIGHEST_THRESHOLD = 100_000_000

# A visit that confirmed the alert, and one that found nothing. What was not seen or is still watched says neither.
HIT_PREFIX = "TRUE_"
MISS_OUTCOMES = frozenset({"NOT_NEEDED", "DATA_ERROR"})
# Precision: over how many days, from how many checked alerts on, and below which share an indicator is to be reviewed.
PRECISION_DAYS = 183
PRECISION_FLAG_BELOW = 0.10
PRECISION_LEAST_CHECKED = 10
# What few visits say is drawn towards the county's mean as by so many visits more; before any visit it is this.
PRECISION_WEIGHT = 10
PRECISION_START = 0.5

# An alert that has waited so long counts twice as much in the queue as the same one of today.
QUEUE_AGE_DAYS = 30


def is_hit(outcome: str) -> bool | None:
    """Whether a visit's outcome confirms the alert; None where it says nothing about that."""
    if outcome.startswith(HIT_PREFIX):
        return True
    return False if outcome in MISS_OUTCOMES else None


def cool_down_days() -> int:
    return int(getattr(settings, "ALERT_COOL_DOWN_DAYS", COOL_DOWN_DAYS))


def reopen_days() -> int:
    return int(getattr(settings, "ALERT_REOPEN_DAYS", REOPEN_DAYS))
