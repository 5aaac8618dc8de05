"""One import package over the folders of the repository; everything else about the package is in pyproject.toml."""

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

ROOMS = ("tui", "scenarios", "server_targets")
FOUND = find_namespace_packages(include=[f"{room}*" for room in ROOMS])


class BuildWithoutThisFile(build_py):
    """The package's own folder is the repository's, in which this file lies too."""

    def find_package_modules(self, package, package_dir):
        return [found for found in super().find_package_modules(package, package_dir) if found[1] != "setup"]


setup(
    cmdclass={"build_py": BuildWithoutThisFile},
    package_dir={
        "asgi_vs_wsgi": ".",
        "asgi_vs_wsgi.views": "server_targets/views",
        **{f"asgi_vs_wsgi.{room}": room for room in ROOMS},
    },
    packages=[
        "asgi_vs_wsgi",
        "asgi_vs_wsgi.views",
        *(f"asgi_vs_wsgi.{name}" for name in FOUND if name != "server_targets.views"),
    ],
)
