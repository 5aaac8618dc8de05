"""Compare: the table of targets, the ladder, the distribution."""
