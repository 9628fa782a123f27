"""A graph of lots drawn as lanes, the way a tree of commits is: one lot a row, edges as lanes beside the rows.

However wide the graph, every row has the whole width for its words: that reads on a narrow phone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Node = TypeVar("Node", str, int)


@dataclass(frozen=True, slots=True)
class Row:
    """One node in its row, and the lane that its dot stands in."""

    node: str
    lane: int


@dataclass(frozen=True, slots=True)
class Link:
    """An edge from row `start` down to row `end`, which runs in `lane` between them."""

    start: int
    end: int
    lane: int


@dataclass(frozen=True, slots=True)
class Lanes:
    """A drawing: rows from the root down, links, and how many lanes there are."""

    rows: tuple[Row, ...]
    links: tuple[Link, ...]
    count: int


def lanes_of(root: str, following: Mapping[str, Iterable[str]]) -> Lanes:
    """The drawing of all that can be reached from `root`; each node stands above those that follow it.

    What would lead back up, where nodes follow each other in a circle, is left out.
    """
    order = _order(root, following)
    place = {node: row for row, node in enumerate(order)}
    rows: list[Row] = []
    links: list[Link] = []
    # Who is awaited in each lane, and from which row; None in a lane that is free.
    awaited: list[str | None] = [root]
    begun: dict[int, dict[str, list[int]]] = defaultdict(dict)
    most = 1
    for row, node in enumerate(order):
        mine = awaited.index(node)
        awaited[mine] = None
        links += [Link(start, row, mine) for start in begun[mine].pop(node, ())]
        rows.append(Row(node, mine))
        below = [one for one in dict.fromkeys(following.get(node, ())) if place.get(one, -1) > row]
        for one in sorted(below, key=place.__getitem__):
            lane = awaited.index(one) if one in awaited else _free(awaited, mine)
            awaited[lane] = one
            begun[lane].setdefault(one, []).append(row)
        most = max(most, len(awaited))
    return Lanes(tuple(rows), tuple(links), most)


def _free(awaited: list[str | None], preferred: int) -> int:
    """A lane nobody waits in: the one just left, else the first, else a new one."""
    if awaited[preferred] is None:
        return preferred
    if None in awaited:
        return awaited.index(None)
    awaited.append(None)
    return len(awaited) - 1


def _order(root: str, following: Mapping[str, Iterable[str]]) -> list[str]:
    """Every node before those that follow it, branches kept together: depth first, turned round, without recursion."""
    done: list[str] = []
    seen = {root}
    waiting = [(root, iter(sorted(following.get(root, ()), reverse=True)))]
    while waiting:
        node, rest = waiting[-1]
        for one in rest:
            if one not in seen:
                seen.add(one)
                waiting.append((one, iter(sorted(following.get(one, ()), reverse=True))))
                break
        else:
            done.append(node)
            waiting.pop()
    return done[::-1]


def distances(root: Node, following: Mapping[Node, Iterable[Node]]) -> dict[Node, int]:
    """How many steps each node is away, the shortest way; nearest first."""
    found = {root: 0}
    waiting = [root]
    for node in waiting:  # grows while it is read
        for one in sorted(following.get(node, ())):
            if one not in found:
                found[one] = found[node] + 1
                waiting.append(one)
    return found
