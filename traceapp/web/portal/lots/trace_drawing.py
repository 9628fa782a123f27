"""A trace as numbers for an SVG: dots, lines between them, words beside them. Widths are of a narrow phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from traceapp.core.lanes import Lanes, Link

WIDTH = 328
ROW = 68
_DOT = 9
_FIRST = 14
_WIDEST_RAIL = 120
_LANE = 22
_TEXT_GAP = 18
_LETTER = 8.6
"""How wide a letter of the small lines is, taken generously: an SVG does not wrap words."""


@dataclass(frozen=True, slots=True)
class Node:
    """One lot: where its dot is, and its words, cut to the room beside the rail."""

    x: float
    y: float
    text_x: float
    number: str
    product: str
    organisation: str
    url: str
    is_root: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of the picture: its height, its paths, its nodes."""

    width: int
    height: int
    radius: int
    paths: tuple[str, ...]
    nodes: tuple[Node, ...]


Words = Callable[[str], tuple[str, str, str, str]]
"""(number, product, organisation, address) of a lot."""


def draw(lanes: Lanes, words: Words) -> Drawing:
    """The picture of a graph that was put into lanes."""
    gap = min(float(_LANE), _WIDEST_RAIL / max(lanes.count, 1))
    text_x = _FIRST + (lanes.count - 1) * gap + _TEXT_GAP
    most = int((WIDTH - text_x) / _LETTER)
    nodes = []
    for at, row in enumerate(lanes.rows):
        number, product, organisation, url = words(row.node)
        nodes.append(
            Node(
                x=_FIRST + row.lane * gap,
                y=ROW * at + ROW / 2,
                text_x=text_x,
                number=_cut(number, most),
                product=_cut(product, most),
                organisation=_cut(organisation, most),
                url=url,
                is_root=at == 0,
            )
        )
    lane_of = [row.lane for row in lanes.rows]
    paths = tuple(_path(one, lane_of, gap) for one in lanes.links)
    return Drawing(WIDTH, ROW * len(lanes.rows), _DOT, paths, tuple(nodes))


def _path(link: Link, lane_of: list[int], gap: float) -> str:
    """From a dot into the link's lane within one row, and down it to the other dot."""
    x1, x2 = (_FIRST + lane * gap for lane in (lane_of[link.start], link.lane))
    y1, y2 = (ROW * row + ROW / 2 for row in (link.start, link.end))
    if x1 == x2:
        return f"M{x1:g} {y1:g}V{y2:g}"
    turned = y1 + ROW
    return f"M{x1:g} {y1:g}C{x1:g} {y1 + ROW / 2:g} {x2:g} {y1 + ROW / 2:g} {x2:g} {turned:g}V{y2:g}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: max(most - 1, 1)].rstrip()}…"
