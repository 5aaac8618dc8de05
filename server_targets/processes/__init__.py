"""Processes below ours: who they are, and how each is ended for certain and no other in its place.

Needs the standard library alone, because the reaper of every server starts with it.
"""
