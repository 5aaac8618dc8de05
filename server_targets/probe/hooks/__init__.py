"""Where the probe listens: the application's call, coroutines, executors, greenlets, accepts."""
