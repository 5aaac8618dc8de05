"""The face: command line, Textual app, drawing, exports."""
