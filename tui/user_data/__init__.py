"""What is kept for the user beside runs."""
