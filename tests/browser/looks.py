"""What is asked of every public page in a language, of each while it lies open once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.web import page_app

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1280, "height": 900}
PAGES = (*page_app.STATES, *page_app.TEXTS, *page_app.CODES)


@dataclass(frozen=True)
class Seen:
    """What was measured of a page while it lay open once, all its details unfolded."""

    too_wide: int
    too_wide_on_a_desk: int
    small: list[str]
    refused: list[str]
    barriers: list[Any]
    barriers_in_the_dark: list[Any]


def open_all(page: Any) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


@pytest.mark.parametrize("name", PAGES)
class EveryPage:
    """One language's pages."""

    lang: str

    def test_nothing_runs_over_the_edge_of_a_phone_or_a_desk(self, look_at: Callable[[str], Seen], name: str) -> None:
        assert look_at(name).too_wide <= 0
        assert look_at(name).too_wide_on_a_desk <= 0

    def test_whatever_is_pressed_is_big_enough_for_a_thumb(self, look_at: Callable[[str], Seen], name: str) -> None:
        assert look_at(name).small == []

    def test_nothing_is_refused_by_the_content_security_policy(self, look_at: Callable[[str], Seen], name: str) -> None:
        assert look_at(name).refused == []

    def test_axe_finds_no_barrier_in_the_light_or_in_the_dark(self, look_at: Callable[[str], Seen], name: str) -> None:
        assert look_at(name).barriers == []
        assert look_at(name).barriers_in_the_dark == []
