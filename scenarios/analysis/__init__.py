"""From traces to figures: pure functions of what was recorded."""
