"""What a project's manage.py does before Django's command line begins: environment, sys.path, settings module.

It is run, not parsed: it may read a `.env`, put folders on the path, or choose settings by what it finds there.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any


class _CommandLine(BaseException):
    """manage.py has come to Django's command line. No `except Exception` of theirs may swallow it."""


def run_to_command_line(path: str) -> None:
    """Do what manage.py does, in this process, up to its command line; whatever it raises before is raised."""
    from django.core import management

    def reached(*arguments: Any, **options: Any) -> None:
        raise _CommandLine

    names = ("execute_from_command_line", "call_command")
    real = {name: getattr(management, name) for name in names}
    arguments = sys.argv
    for name in names:
        setattr(management, name, reached)
    sys.argv = [path, "check"]
    try:
        runpy.run_path(path, run_name="__main__")
    except _CommandLine:
        pass
    finally:
        sys.argv = arguments
        for name, function in real.items():
            setattr(management, name, function)
