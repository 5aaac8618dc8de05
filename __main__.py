"""`python -m asgi_vs_wsgi`: the command without its script."""

from asgi_vs_wsgi.tui.cli import main

main()
