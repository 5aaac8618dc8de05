"""Code: the views side by side, with what was measured at their lines."""
