"""asgi-vs-wsgi-tui: the folders beside this file, as one import package."""
