"""The user's own Django project, seen from inside its own interpreter.

The standard library and Django alone, in words of Python 3.9: this runs wherever their project runs.
"""
