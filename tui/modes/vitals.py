"""Vitals: what of a browser's measures of a page a server has a part in."""

from __future__ import annotations

from textual.content import Content

from tui.columns import aligned
from tui.modes.layout import heading, lines
from tui.modes.sight import Sight
from tui.report_figures import milliseconds

GOOD_TTFB_MS = 800.0
"""web.dev/ttfb: "a good user experience" up to here, at the 75th percentile."""
GOOD_LCP_MS = 2500.0
"""web.dev/lcp: the same for the largest contentful paint."""

WHY = """\
Time to first byte (TTFB) is the server's part of a page's loading: everything a browser paints comes after it. Web
Vitals are judged at the 75th percentile, so that is what is shown. The largest contentful paint (LCP) should come
within 2.5 s; what the first byte takes is no longer there for the picture, the fonts and the scripts.

Interaction to next paint (INP) is not a server's number. It is measured in the browser, from a click to the next
frame, and the code that delays it is the page's own JavaScript. A server that answers sooner does not make a busy page
respond sooner, so there is no INP here, and no load test can give one."""


def vitals(sight: Sight) -> Content:
    """TTFB at p75 against its guide value, and what it leaves of the LCP budget."""
    if sight.result is None:
        parts: list[Content | str] = [
            sight.nothing_yet("TTFB at the 75th percentile, against the guide value of 800 ms.")
        ]
    else:
        rows = [("", "TTFB p75", f"guide value {GOOD_TTFB_MS:.0f} ms", "left of 2.5 s for LCP")]
        for target in sight.result.targets:
            p75 = target.ttfb_ms.p75 if target.ttfb_ms else None
            if p75 is None:
                rows.append((target.name, "–", "nobody was served", "–"))
                continue
            left = GOOD_LCP_MS - p75
            judged = "good" if p75 <= GOOD_TTFB_MS else f"{p75 / GOOD_TTFB_MS:.1f} × over"
            rows.append((target.name, milliseconds(p75), judged, milliseconds(left) if left > 0 else "nothing"))
        table = aligned(rows)
        parts = [heading("Time to first byte"), Content.styled(table[0], "$faint"), *table[1:]]
    return lines([*parts, "", *(Content(text.replace("\n", " ")) + Content("\n") for text in WHY.split("\n\n"))])
