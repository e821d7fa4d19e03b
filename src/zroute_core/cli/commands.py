"""Every verb of `zroute`, put together."""

from zroute_core.cli import asking, auditing, demo, tending
from zroute_core.cli.door import zroute

__all__ = ["asking", "auditing", "demo", "tending", "zroute"]
