"""Load a whole county at once: the sample county of ``doudi demo``, or a migration in the same shape."""

from doudi.apps.registry.load.county import Loaded, load_county, register

__all__ = ["Loaded", "load_county", "register"]
