"""What a scenario and an experiment are, as typed data."""
