"""One demonstration for all tests of a module, and one of its own for a test that others would disturb, or it them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from tests.web.conftest import Site, make_world

T = TypeVar("T")
OWN_WORLD = pytest.mark.parametrize("site", ["own"], indirect=True)


@contextmanager
def site_of(request: pytest.FixtureRequest, shared: str, folder: Path) -> Iterator[Site]:
    """What the fixture `shared` made, or for OWN_WORLD a demonstration that nobody changed."""
    if getattr(request, "param", None) != "own":
        yield request.getfixturevalue(shared)
        return
    world = make_world(request, folder, "sqlite")
    yield Site(world)
    world.engine.dispose()


def once(site: Site, name: Hashable, make: Callable[[], T]) -> T:
    """What was made for this site under that name, made the first time: people sign in once."""
    known = vars(site).setdefault("made_once", {})
    if name not in known:
        known[name] = make()
    found: T = known[name]
    return found
