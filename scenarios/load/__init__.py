"""The load: when each visitor comes (plan), the visitors themselves (driver), and what they saw (visits)."""
