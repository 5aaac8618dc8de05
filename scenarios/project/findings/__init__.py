"""Places in the project's code that would hold its event loop: read as text, never imported, nothing of it run."""
