"""Runs as files that other tools open."""
