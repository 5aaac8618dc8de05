"""Text in cells: widths, columns, numbers, signs."""
