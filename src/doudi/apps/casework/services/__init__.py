"""Every write of casework: visits, referrals, case conferences, applications, and the ends of alerts."""

from doudi.apps.casework.services.applications import (
    application_check,
    application_decide,
    application_review,
    application_submit,
)
from doudi.apps.casework.services.closing import (
    alert_close,
    alert_inform,
    alert_return,
    alert_supply,
    alert_watch,
)
from doudi.apps.casework.services.conferences import conference_close, conference_decide, conference_propose
from doudi.apps.casework.services.deadlines import limits_refresh, referrals_mark_overdue
from doudi.apps.casework.services.referrals import (
    referral_accept,
    referral_close,
    referral_feedback,
    referral_reject,
    referral_resend,
    referral_send,
)
from doudi.apps.casework.services.visits import visit_assign, visit_record, visit_send

__all__ = [
    "alert_close",
    "alert_inform",
    "alert_return",
    "alert_supply",
    "alert_watch",
    "application_check",
    "application_decide",
    "application_review",
    "application_submit",
    "conference_close",
    "conference_decide",
    "conference_propose",
    "limits_refresh",
    "referral_accept",
    "referral_close",
    "referral_feedback",
    "referral_reject",
    "referral_resend",
    "referral_send",
    "referrals_mark_overdue",
    "visit_assign",
    "visit_record",
    "visit_send",
]
