"""A recorded or running run, and the playhead that shows it."""
