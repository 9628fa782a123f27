"""`traceapp search`: the index is made anew from the records."""

from __future__ import annotations

from tests.cli.conftest import Service
from traceapp.services.search.queries import Asked, search


def coffees(service: Service) -> int:
    world = service.world
    with world.read() as connection:
        found = search(connection, Asked("ca phe suoi ngan"), world.clock()).total
    world.engine.dispose()
    return found


def test_what_was_lost_from_the_index_is_found_again(service: Service) -> None:
    world = service.world
    with world.write() as connection:
        connection.exec_driver_sql("DELETE FROM search_index")
        connection.exec_driver_sql("DELETE FROM search_stars")
        connection.exec_driver_sql("DELETE FROM search_documents")
    world.engine.dispose()
    assert coffees(service) == 0
    assert service.said("search", "rebuild") == "8 products can be searched for.\n"
    assert coffees(service) == 1


def test_without_a_service_it_says_run_init(nothing: Service) -> None:
    assert "run traceapp init" in nothing.refused("search", "rebuild")
