"""Claims about a run's figures: one grammar for folders and the command line, and whether a run bears them out."""
