"""The page of a place or an organisation that a GLN names."""

from __future__ import annotations

from typing import Any

from flask import Response

from traceapp.core.digital_link import DigitalLink
from traceapp.services.inspections.sites import Visit, visits_to
from traceapp.services.registry.links import Judge
from traceapp.services.registry.places import Place, made_at
from traceapp.services.world import World
from traceapp.web.access import world
from traceapp.web.language import choose_locale
from traceapp.web.public.context_of import plain_context, recent_of
from traceapp.web.public.resolver import place_of_link
from traceapp.web.public.view import place_page


def place_response(link: DigitalLink, judge: Judge) -> Response:
    """Name, address and products of whatever a link's GLN names; NotFound where nobody registered it."""
    here = world()
    place = place_of_link(here, link)
    with here.read() as connection:
        visits = _visits(connection, here, place)
        made = tuple(made_at(connection, here.host, place, lambda identity: judge(identity)[0]))
    products = tuple(recent_of(judge(identity)[0], choose_locale()) for identity in made)
    context = plain_context(here, here.clock(), path=f"/verify{place.path}", recent=products)
    page = place_page(place, context, visits)
    return Response(page, mimetype="text/html", headers={"Cache-Control": "private, no-cache"})


def _visits(connection: Any, here: World, place: Place) -> list[Visit]:
    """What inspectors recorded of a facility; an organisation is not inspected as such."""
    if place.facility is None:
        return []
    return visits_to(connection, here.host, place.facility.id, here.keyring(connection))
