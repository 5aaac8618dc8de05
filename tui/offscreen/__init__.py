"""The real app without a terminal, on a clock of its own."""
