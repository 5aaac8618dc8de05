"""Statistics, laws, verdict and blame, computed from a trace."""
