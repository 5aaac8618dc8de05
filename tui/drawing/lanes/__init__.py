"""Rows of cells: what each worker does with each request."""
