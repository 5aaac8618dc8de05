"""Figures of what a browser has measured: of all visits to a target, and of each request beside what its worker did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from asgi_vs_wsgi.scenarios.browser.page_visit import KINDS, Asked
from asgi_vs_wsgi.scenarios.results.browser import BrowserRequest, Measured, Vitals
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS, NS_PER_S, nearest_rank
from asgi_vs_wsgi.scenarios.trace.states import Visit, life, states_told
from asgi_vs_wsgi.scenarios.trace.target_trace import state_totals_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

