"""The screen's side of the lab: its process, the pipe, questions and answers."""
