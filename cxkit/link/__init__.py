"""Answers and the touches they are about: exact by a shared id, else the nearest earlier touch of the same kind."""

from cxkit.link.linked import Linked
from cxkit.link.linking import link

__all__ = ["Linked", "link"]
