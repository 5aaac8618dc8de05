"""Pure functions from a trace and a moment to rows of cells; knows neither Textual nor Rich."""
