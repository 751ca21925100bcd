"""Every write of exchange: deliveries of departments' files, and what a department takes back of them."""

from doudi.apps.exchange.services.delivery import deliver
from doudi.apps.exchange.services.incoming import sweep_incoming
from doudi.apps.exchange.services.returned import quarantine_file, receipt_file

__all__ = ["deliver", "quarantine_file", "receipt_file", "sweep_incoming"]
