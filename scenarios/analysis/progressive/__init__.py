"""The figures of a run up to any moment of it."""
