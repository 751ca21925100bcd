"""The sample county of ``doudi demo``: loaded through the product's own services, then lived through for six months."""

from doudi.web.sample.build import build

__all__ = ["build"]
