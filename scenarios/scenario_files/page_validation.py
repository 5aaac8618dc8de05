"""What a scenario says of visitors who ask for several pages, checked before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.model.limits import Limits, is_finite
from asgi_vs_wsgi.scenarios.model.scenario import Request
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.model.scenario import Client, ScenarioToml, Visitors

PAGES = Limits(1, 100)
LONGEST_THINK_MS = 3_600_000
OF_ALL_PAGES = ("headers", "cookies", "send_for_ms", "read_for_ms")
"""What the `client` of a class with pages may say: each page says the rest."""
_OTHERS = tuple(key for key in (*Request.__struct_fields__, "leave_after_ms") if key not in OF_ALL_PAGES)


def pages_faults(toml: ScenarioToml) -> Iterator[Problem]:
    """Everything wrong with `pages` and `think_ms`, and with what cannot be beside them."""
    taken = {visitors.name for visitors in toml.visitors}
    for index, visitors in enumerate(toml.visitors):
        key = f"visitors[{index}]"
        yield from _think_faults(f"{key}.think_ms", visitors)
        if not visitors.pages:
            continue
        if PAGES.refuse(len(visitors.pages)):
            yield Problem(f"{key}.pages", f"there are {len(visitors.pages)}", f"{PAGES} pages")
        for place, page in enumerate(visitors.pages):
            if page.name and (not page.name.isidentifier() or page.name in taken):
                right = "letters, digits and `_`, each once, and no name of a class"
                yield Problem(f"{key}.pages[{place}].name", f"`{page.name}` is no new name", right)
            taken.add(page.name)
        if visitors.client:
            yield from _client_faults(f"{key}.client", visitors.client)
    if any(visitors.pages for visitors in toml.visitors):
        yield from _beside_faults(toml)


def _think_faults(key: str, visitors: Visitors) -> Iterator[Problem]:
    times = visitors.think_ms if isinstance(visitors.think_ms, list) else [visitors.think_ms, visitors.think_ms]
    right = f"milliseconds, 0 to {LONGEST_THINK_MS:,}, or two of them: the least and the most"
    if len(times) != 2:
        yield Problem(key, f"there are {len(times)} numbers", right)
    elif not all(is_finite(each) and 0 <= each <= LONGEST_THINK_MS for each in times):
        yield Problem(key, "it is out of bounds", right)
    elif times[0] > times[1]:
        yield Problem(key, f"{times[0]:g} is more than {times[1]:g}", right)
    elif times[1] and len(visitors.pages) < 2:
        yield Problem(key, "a visitor thinks between pages", "two [[visitors.pages]] or more, or leave it out")


def _client_faults(key: str, client: Client) -> Iterator[Problem]:
    for name in _OTHERS:
        if getattr(client, name) not in (None, {}):
            right = f"say it of the page; for all pages there are {', '.join(OF_ALL_PAGES)}"
            if name == "leave_after_ms":
                right = "leave one of the two out"
            yield Problem(f"{key}.{name}", "its class asks for `pages`", right)


def _beside_faults(toml: ScenarioToml) -> Iterator[Problem]:
    if toml.load.arrivals == "closed":
        yield Problem("load.arrivals", "visitors with `pages` need open arrivals", "burst, constant or poisson")
    for number, target in enumerate(toml.targets):
        if target.law is not None:
            reason = "a law is about visitors of one page each"
            yield Problem(f"targets[{number}].law", reason, "leave it out, and say what is expected in `checks`")


def page_names(toml: ScenarioToml) -> dict[str, list[str]]:
    """Class to what its pages are called in results, of those that have any."""
    return {visitors.name: names_of(visitors) for visitors in toml.visitors if visitors.pages}


def names_of(visitors: Visitors) -> list[str]:
    """Its own, or its place, counted from 1."""
    return [page.name or str(place) for place, page in enumerate(visitors.pages, 1)]
