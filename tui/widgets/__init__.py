"""Widgets put what `asgi_vs_wsgi.tui.drawing` computes on the screen; they compute nothing themselves."""
