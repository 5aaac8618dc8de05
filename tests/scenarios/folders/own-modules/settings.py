INSTALLED_APPS += ["scenario"]  # noqa: F821 - ours are there by their names
MIDDLEWARE = ["scenario.middleware.counted"]
