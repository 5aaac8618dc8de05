"""A real browser that visits a scenario's page while our driver's visitors come: what it measures, and its files."""
