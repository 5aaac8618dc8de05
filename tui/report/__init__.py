"""A result as plain text."""
