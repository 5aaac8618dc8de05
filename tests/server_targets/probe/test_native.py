"""Where there is a compiler, the hot parts of the probe are compiled: it is part of an ordinary install."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from asgi_vs_wsgi.server_targets.probe.backends import native


@pytest.mark.skipif(not (shutil.which("cc") or shutil.which("gcc")), reason="no C compiler here")
def test_an_install_with_a_compiler_has_the_compiled_probe():
    assert native is not None


@pytest.mark.skipif("ASGI_VS_WSGI_SANITIZED" not in os.environ, reason="make sanitize")
def test_the_sanitized_build_is_the_one_under_test():
    assert native.__file__.startswith(os.environ["ASGI_VS_WSGI_SANITIZED"])
    assert "libasan" in Path("/proc/self/maps").read_text()
