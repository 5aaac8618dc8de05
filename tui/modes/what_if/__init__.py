"""What-if: what a law says of other numbers."""
