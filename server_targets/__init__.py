"""What the load is sent to: server products, the Django site, the probe inside a worker."""
