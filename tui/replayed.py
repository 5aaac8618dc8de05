"""A saved run as the screen takes it: its scenario in the catalog, and one News that tells all of it."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from scenarios.catalog import Catalog
from scenarios.folder import BrokenFolder, read_folder
from scenarios.lab.messages import News, Progress
from scenarios.lab.newsroom import Newsroom
from scenarios.order import place_in_list
from scenarios.saved.run import SavedRun
from server_targets.servers import products


def told(saved: SavedRun) -> News:
    """Everything at once, as the lab would have told it bit by bit."""
    newsroom = Newsroom()
    newsroom.begin(saved.scenario.name, 1)
    newsroom.recording(saved.traces(), 1)
    newsroom.progress(Progress("finished", "finished"))
    newsroom.finished(saved.result)
    return newsroom.news()


def catalog_with(saved: SavedRun, catalog: Catalog, folder: Path) -> Catalog:
    """`catalog` with the scenario as it was when the run was saved, written into `folder`.

    One that this version cannot read any more leaves the catalog as it is.
    """
    own = folder / saved.scenario.name
    own.mkdir()
    (own / "scenario.toml").write_text(saved.scenario.toml)
    (own / "views.py").write_text(saved.scenario.views)
    (own / "lesson.md").write_text(saved.scenario.lesson)
    try:
        scenario = read_folder(own, {product.name: product for product in products()})
    except BrokenFolder:
        return catalog
    others = [each for each in catalog.scenarios if each.name != scenario.name]
    broken = {name: why for name, why in catalog.broken.items() if name != scenario.name}
    return replace(catalog, scenarios=tuple(sorted([scenario, *others], key=place_in_list)), broken=broken)
