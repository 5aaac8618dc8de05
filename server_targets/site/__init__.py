"""The Django project that every server runs: one scenario's views, mounted under its name."""
