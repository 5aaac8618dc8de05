"""The arguments and options of each command, read by click; what a command does with them is in tui/commands."""
