"""The user's own Django project: where it is, and what a look at it finds."""
