"""What several modes are made from."""
