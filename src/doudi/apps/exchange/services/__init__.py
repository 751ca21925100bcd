"""Every write of exchange: deliveries of departments' files, events, keys, and what a department takes back."""

from doudi.apps.exchange.services.corrections import correction_accept, correction_discard, sweep_event_versions
from doudi.apps.exchange.services.delivery import deliver
from doudi.apps.exchange.services.drop import drop_open, drop_scan
from doudi.apps.exchange.services.events import announce_missed, event_push
from doudi.apps.exchange.services.headings import heading_forget, headings_set, mappable
from doudi.apps.exchange.services.incoming import sweep_incoming
from doudi.apps.exchange.services.keys import MOST_DAYS, MOST_PER_MINUTE, TooMany, key_issue, key_revoke, key_use
from doudi.apps.exchange.services.returned import quarantine_file, receipt_file
from doudi.apps.exchange.services.senders import Sender

__all__ = [
    "MOST_DAYS",
    "MOST_PER_MINUTE",
    "Sender",
    "TooMany",
    "announce_missed",
    "correction_accept",
    "correction_discard",
    "deliver",
    "drop_open",
    "drop_scan",
    "event_push",
    "heading_forget",
    "headings_set",
    "key_issue",
    "key_revoke",
    "key_use",
    "mappable",
    "quarantine_file",
    "receipt_file",
    "sweep_event_versions",
    "sweep_incoming",
]
