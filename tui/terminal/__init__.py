"""The terminal: its settings, what it can show and how fast, and the process that puts it back in order."""
