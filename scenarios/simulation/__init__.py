"""What was not measured but follows from a law: predictions, and traces made from them."""
