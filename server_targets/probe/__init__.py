"""What reports from inside a server's worker: needs the standard library only, because other people's projects run it."""
