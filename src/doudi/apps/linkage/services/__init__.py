"""Every write of linkage: searches and decisions."""

from doudi.apps.linkage.services.decisions import suggestion_decide
from doudi.apps.linkage.services.search import batch_run_start, batches_start, run_execute, run_start

__all__ = ["batch_run_start", "batches_start", "run_execute", "run_start", "suggestion_decide"]
