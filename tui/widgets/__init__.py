"""Widgets put what `tui.drawing` computes on the screen; they compute nothing themselves."""
