"""A row of cells for each visitor."""
