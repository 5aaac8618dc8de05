"""Where there is a compiler, the hot parts of the probe are compiled: it is part of an ordinary install."""

from __future__ import annotations

import shutil

import pytest

from server_targets.probe.quick_reporter import native


@pytest.mark.skipif(not (shutil.which("cc") or shutil.which("gcc")), reason="no C compiler here")
def test_an_install_with_a_compiler_has_the_compiled_probe():
    assert native is not None
