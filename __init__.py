"""asgi-vs-wsgi-tui: the folders beside this file, as one import package."""

PROGRAM = "asgi-vs-wsgi-tui"
"""The command, the distribution, and the name of the user's own folders."""
