"""One import package over the folders of the repository; everything else about the package is in pyproject.toml."""

from setuptools import find_namespace_packages, setup

ROOMS = ("tui", "scenarios", "server_targets")

setup(
    package_dir={
        "asgi_vs_wsgi": ".",
        "asgi_vs_wsgi.views": "server_targets/views",
        **{f"asgi_vs_wsgi.{room}": room for room in ROOMS},
    },
    packages=[
        "asgi_vs_wsgi",
        "asgi_vs_wsgi.views",
        *(f"asgi_vs_wsgi.{name}" for name in find_namespace_packages(include=[f"{room}*" for room in ROOMS])),
    ],
)
