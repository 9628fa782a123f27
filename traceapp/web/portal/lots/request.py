"""Which lot a request of the portal is about, and where its screens are."""

from __future__ import annotations

from traceapp.core.digital_link import Identity, parse_path
from traceapp.core.errors import NotFound
from traceapp.web.access import world
from traceapp.web.language import choose_locale
from traceapp.web.public.raw import raw_path


def asked_lot(prefix: str) -> str:
    """The id of the lot whose path follows `prefix` in the address; NotFound for a path of something else."""
    return lot_at(raw_path().removeprefix(prefix))


def lot_at(path: str) -> str:
    """The id of the lot of that path; NotFound for a path of something else."""
    identity = parse_path(path).identity
    if identity is None or identity.lot is None or identity.serial is not None:
        raise NotFound("There is no lot at this address.")
    return f"https://{world().host}{Identity(identity.product, None, identity.lot).path}"


def path_of(thing: str) -> str:
    """The path of a lot or a case, by its id."""
    return thing.removeprefix(f"https://{world().host}")


def lot_url(screen: str, lot: str) -> str:
    """The address of one of a lot's screens: view, split, make, ship, pack, recall …"""
    return f"/portal/lots/{screen}{path_of(lot)}?lang={choose_locale()}"
