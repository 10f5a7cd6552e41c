"""Fixtures of the browser tests."""

from browsing import axe, chromium, page_facts

__all__ = ["axe", "chromium", "page_facts"]
