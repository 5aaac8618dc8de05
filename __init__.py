"""asgi-vs-wsgi-tui: the folders beside this file, as one import package."""

from logging import NullHandler, getLogger

getLogger(__name__).addHandler(NullHandler())  # what is logged goes nowhere before somebody says where

PROGRAM = "asgi-vs-wsgi-tui"
"""The command, the distribution, and the name of the user's own folders."""
