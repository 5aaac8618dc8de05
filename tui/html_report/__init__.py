"""A run as one HTML file that needs no network, and a gallery of such files."""
