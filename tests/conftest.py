"""Fixtures that every test can use."""

from engines import engine

__all__ = ["engine"]
