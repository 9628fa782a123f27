"""The cast on its stage, and the whole demonstration, for each test and on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.check_log import ProvedWorld
from tests.services.cast import Cast
from tests.worlds import KINDS, Copies
from traceapp.services.world import World


@pytest.fixture
def copies(request: pytest.FixtureRequest) -> Iterator[Copies]:
    """Makes copies that are gone after the test."""
    made = Copies(lambda: request.getfixturevalue("postgres_url"))
    yield made
    made.drop()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
def cast(
    kind: str, tmp_path: Path, copies: Copies, originals: Callable[[str, str], tuple[World, Cast]]
) -> Iterator[Cast]:
    """The cast on each database, in a world that re-proves its log after each write."""
    world, described = originals("cast", kind)
    copied = copies.copy(world, tmp_path / "world", ProvedWorld)
    yield replace(described, world=copied)
    copied.engine.dispose()


@pytest.fixture
def demo_copy(
    kind: str, tmp_path: Path, copies: Copies, originals: Callable[[str, str], tuple[World, None]]
) -> Iterator[World]:
    """The demonstration on each database, of a test's own."""
    copied = copies.copy(originals("demo", kind)[0], tmp_path / "world")
    yield copied
    copied.engine.dispose()


@pytest.fixture
def read_demo(kind: str, originals: Callable[[str, str], tuple[World, None]]) -> Iterator[World]:
    """The demonstration on each database, shared: for tests that change nothing, or roll it back."""
    world = originals("demo", kind)[0]
    yield world
    world.engine.dispose()
