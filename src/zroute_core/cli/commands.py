"""Every verb of `zroute`, put together."""

from zroute_core.cli import archiving, asking, auditing, columns, demo, following, tending
from zroute_core.cli.door import zroute

__all__ = ["archiving", "asking", "auditing", "columns", "demo", "following", "tending", "zroute"]
