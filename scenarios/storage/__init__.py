"""Saved runs, everything that a replay needs in one file; the history of recent ones; how files are written."""
