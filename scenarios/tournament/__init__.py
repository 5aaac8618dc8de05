"""One scenario on every server product: entrants, rounds, and a ranking that says what differs."""
