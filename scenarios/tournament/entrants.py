"""Who takes part: every server that is installed and has a view to run, or those that the user names."""

from __future__ import annotations

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.tournament.standings import Missing
from asgi_vs_wsgi.server_targets.servers import ServerProduct, products

WORKERS = 2
"""Of each server that can have more than one."""


def entrants(options: Options, catalog: Catalog) -> tuple[list[Experiment], list[Missing]]:
    """An experiment with one target for each, and who stays out and why; BadInput for a wrong option or name.

    A server that the user names must be able to take part.
    """
    if options.targets:
        whole = resolve(_measured_once(options, options.targets), catalog)  # gives distinct names to equal servers
        # Alone, a target's claims about the others cannot be checked.
        return [replace(whole, targets=(replace(target, checks=[]),)) for target in whole.targets], []
    resolve(replace(options, targets=()), catalog)  # what is wrong with the options themselves is told as such
    taking_part: list[Experiment] = []
    missing: list[Missing] = []
    for product in products():
        if not product.installed:
            missing.append(Missing(product.name, f"not installed: {product.install}"))
            continue
        try:
            taking_part.append(resolve(_measured_once(options, (_word(product),)), catalog))
        except BadInput as refusal:
            missing.append(Missing(product.name, refusal.what.partition(": ")[2] or refusal.what))
    return taking_part, missing


def _word(product: ServerProduct) -> str:
    return f"{product.name}:{min(WORKERS, product.max_workers)}"


def _measured_once(options: Options, words: tuple[str, ...]) -> Options:
    return replace(options, targets=words, rounds=1, most_rounds=0, race=False, ladder=())
