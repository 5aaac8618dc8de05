"""Tips: what this run supports, and what it does not."""
