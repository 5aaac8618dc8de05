"""What is looked at from beside: threads, source lines, the process, the loop's heartbeat."""
