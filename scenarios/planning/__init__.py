"""From a scenario and the user's options to an experiment."""
