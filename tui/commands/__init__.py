"""What each command does, once tui/arguments has read what it was called with."""
