"""Starts servers whose own command line cannot be handed a socket that already listens."""
