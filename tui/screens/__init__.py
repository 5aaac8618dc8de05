"""Screens arrange widgets and turn keys into actions."""
