"""What is run and what came out of it: catalog, load, run, trace, analysis."""
