"""Crossings between the loop and threads by name: those that the look forecasts beside those that one visit made.

A crossing belongs to the middleware that asked for it, to Django, or to code of the project's own. What Django adapts
around a middleware (`SyncToAsync` of what is inside it) is asked for by the one outside of that.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.results.project_answer import NamedHops
from asgi_vs_wsgi.scenarios.wording import count, listed, named
from asgi_vs_wsgi.server_targets.project.middleware_chain import CHAIN, CLOSE, SIGNAL, TEMPLATE, VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook, ProjectMiddleware, ProjectPage
    from asgi_vs_wsgi.scenarios.results.project_answer import ProjectAnswer
    from asgi_vs_wsgi.scenarios.trace.line_trace import Crossing, Followed

_HANDLER = "django.core.handlers."
_SIGNALS = "django.dispatch.dispatcher.Signal."
_OF_HANDLERS = ("handlers/asgi.py", "handlers/base.py")
_MOST_LINES = 3


def hops_by_name(look: ProjectLook, page: ProjectPage | None, followed: Followed | None) -> list[NamedHops] | None:
    """Of one page, forecast and measured, in the order of the forecast, then those that nobody forecast; None where no
    visit was followed, or one that crossed more often than is told."""
    if followed is None or not followed.has_all_crossings:
        return None
    chain = Chain(look)
    forecast = page.hops_by_name if page else {}
    measured: Counter[str] = Counter()
    lines: dict[str, dict[str, None]] = {}
    for name, crossing in zip(chain.names_of(followed.crossings), followed.crossings, strict=True):
        measured[name] += 1
        if crossing.where:
            lines.setdefault(name, {})[crossing.where] = None
    names = dict.fromkeys((*forecast, *measured))
    breaking = chain.breaking
    return [
        NamedHops(
            name,
            forecast.get(name, 0) if page and page.hops_by_name else None,
            measured[name],
            [*lines.get(name, {})][:_MOST_LINES],
            name in breaking,
        )
        for name in names
    ]


class Chain:
    """The middleware of a look, as far as it is used, from the outermost."""

    def __init__(self, look: ProjectLook) -> None:
        self._used: list[ProjectMiddleware] = [each for each in look.middleware if each.used]

    @property
    def breaking(self) -> set[str]:
        """Who is sync alone, around what runs on the loop."""
        return {each.name for each in self._used if each.breaks}

    def names_of(self, crossings: Sequence[Crossing]) -> list[str]:
        """For each who asked for it: a middleware by its name in the settings, one of Django's own crossings, or the
        function that runs there. A middleware may be there twice: a request comes to the outer one first."""
        names: list[str] = []
        inside = 0
        for crossing in crossings:
            further_in = range(inside, len(self._used))
            into = next((at for at in further_in if self._used[at].runs_as == crossing.function), -1)
            if into >= 0:
                inside = into + 1
                names.append(self._outside_of(into))
            else:
                names.append(self._asked_by(crossing))
        return names

    def _asked_by(self, crossing: Crossing) -> str:
        function = crossing.function
        for each in self._used:
            if function.rpartition(".")[0] == each.runs_as:
                return each.name  # one of its hooks
        if function.startswith(_HANDLER):
            return self._outside_of(len(self._used))
        return function if crossing.where else self._of_django(crossing)

    def _outside_of(self, place: int) -> str:
        return self._used[place - 1].name if place else CHAIN

    def _of_django(self, crossing: Crossing) -> str:
        function, last = crossing.function, crossing.function.rpartition(".")[2]
        if function.startswith(_SIGNALS):
            return SIGNAL
        if not crossing.library.startswith(_OF_HANDLERS):
            return function
        if last == "close":
            return CLOSE
        if last == "render":
            return TEMPLATE
        return VIEW if crossing.library.endswith(" _get_response_async") else function


def crossings_of_middleware(look: ProjectLook, name: str, followed: Followed) -> int:
    """How often a request went back to the loop because that middleware, sync alone, is around what runs there."""
    names = Chain(look).names_of(followed.crossings)
    return sum(each.to_loop and of == name for of, each in zip(names, followed.crossings, strict=True))


def named_hops_words(found: ProjectAnswer) -> Iterator[str]:
    """Who breaks the chain, and what code of the project's own asks for, once; and all that was not as forecast."""
    told: set[str] = set()
    for page in found.pages:
        for at in page.servers:
            where = f"for {page.path} at {named(at.target)}"
            for each in at.hops_by_name or []:
                unforecast = each.forecast == 0 or (each.forecast is None and each.lines)
                if each.measured and each.name not in told and (each.breaks or unforecast):
                    told.add(each.name)
                    yield _in_words(each, f"{count(each.measured, 'crossing')} {where}")
            wrong = [each for each in at.hops_by_name or [] if each.forecast and each.forecast != each.measured]
            if wrong:
                by_name = "; ".join(f"{each.name} {each.measured}, forecast {each.forecast}" for each in wrong)
                yield f"Crossings {where} that are not as forecast: {by_name}."


def _in_words(hops: NamedHops, how_often: str) -> str:
    if hops.breaks:
        return (
            f"{hops.name} is sync alone and breaks the async chain: a thread of each request waits for what is inside "
            f"it on the loop ({how_often})."
        )
    asks = listed(hops.lines) if hops.lines else "Code of a library"
    return f"{asks} crosses for {hops.name} ({how_often}): the look at the chain has forecast none of that."
