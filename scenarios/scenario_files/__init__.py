"""From a scenario's folder to typed data, with every problem named by file and key."""
