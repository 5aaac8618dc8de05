"""`python -m tui`: the command without its script."""

from tui.cli import main

main()
