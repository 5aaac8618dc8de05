"""The Textual application, and how it is started."""
