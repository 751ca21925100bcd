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


def cool_down_days() -> int:
    return int(getattr(settings, "ALERT_COOL_DOWN_DAYS", COOL_DOWN_DAYS))


def reopen_days() -> int:
    return int(getattr(settings, "ALERT_REOPEN_DAYS", REOPEN_DAYS))
