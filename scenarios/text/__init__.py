"""Text that is not ours, made harmless; numbers as people read them."""
