"""A few addresses worth scanning first, taken from what is registered."""

from __future__ import annotations

from sqlalchemy import select

from traceapp.db.tables import label_runs, lots
from traceapp.services.labels.runs import item_path, runs_of
from traceapp.services.world import World

_SHOWN = {
    "DM2610B": "Hồ sơ xác thực · the record is authentic",
    "DG1115": "Sao OCOP đã hết hạn · stars expired",
    "DM2607A": "Lô đã bị thu hồi · recalled",
}


def example_links(world: World) -> list[tuple[str, str]]:
    """(title, address): lots of the demonstration where it is loaded, and one label with a serial."""
    with world.read() as connection:
        found = dict(
            connection.execute(select(lots.c.lot, lots.c.id).where(lots.c.lot.in_(list(_SHOWN)))).tuples().all()
        )
        links = [(title, _address(world, found[lot])) for lot, title in _SHOWN.items() if lot in found]
        first = connection.execute(select(label_runs.c.lot).where(label_runs.c.signed).limit(1)).scalar()
        for run in runs_of(connection, first)[-1:] if first else []:
            path = item_path(run, run.first, world.serial_key)
            links.append(("Một tem có chữ ký · a signed label", world.label_maker.url(path, signed=run.signed)))
    return links


def _address(world: World, thing: str) -> str:
    return thing.replace(f"https://{world.host}", world.settings.base_url, 1)
