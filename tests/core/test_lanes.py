"""Drawing a graph of lots as lanes: every lot above what follows it, every edge once, no two lots in one place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.lanes import Lanes, distances, lanes_of

DIAMOND = {"A": ["B", "C"], "B": ["D"], "C": ["D"], "D": []}


def edges(drawn: Lanes) -> set[tuple[str, str]]:
    return {(drawn.rows[one.start].node, drawn.rows[one.end].node) for one in drawn.links}


def test_a_lot_alone_is_one_row() -> None:
    drawn = lanes_of("A", {})
    assert ([row.node for row in drawn.rows], drawn.links, drawn.count) == (["A"], (), 1)


def test_a_chain_runs_down_one_lane() -> None:
    drawn = lanes_of("A", {"A": ["B"], "B": ["C"]})
    assert [(row.node, row.lane) for row in drawn.rows] == [("A", 0), ("B", 0), ("C", 0)]
    assert drawn.count == 1


def test_a_diamond_comes_together_again() -> None:
    drawn = lanes_of("A", DIAMOND)
    assert len(drawn.rows) == 4
    assert edges(drawn) == {("A", "B"), ("A", "C"), ("B", "D"), ("C", "D")}
    assert drawn.count == 2


def test_a_lane_that_was_left_is_used_again() -> None:
    drawn = lanes_of("A", {"A": ["B", "C"], "B": [], "C": ["D", "E"]})
    assert drawn.count == 2
    drawn = lanes_of("A", {"A": ["B", "C", "D"], "B": [], "C": [], "D": ["E", "F", "G"]})
    assert drawn.count == 3


def test_a_circle_ends() -> None:
    drawn = lanes_of("A", {"A": ["B"], "B": ["C"], "C": ["A", "B"]})
    assert [row.node for row in drawn.rows] == ["A", "B", "C"]
    assert edges(drawn) == {("A", "B"), ("B", "C")}


@pytest.mark.many
def test_ten_thousand_lots_one_after_the_other_need_no_deep_recursion() -> None:
    chain = {str(number): [str(number + 1)] for number in range(10_000)}
    assert len(lanes_of("0", chain).rows) == 10_001
    assert distances("0", chain)["10000"] == 10_000


def test_the_nearest_come_first_and_the_shortest_way_counts() -> None:
    assert distances("A", {"A": ["B", "C"], "B": ["C"], "C": ["A", "D"]}) == {"A": 0, "B": 1, "C": 1, "D": 2}


GRAPHS = st.dictionaries(st.integers(0, 12).map(str), st.lists(st.integers(0, 12).map(str), max_size=4), max_size=13)


@pytest.mark.many
@given(GRAPHS)
def test_every_row_stands_in_a_free_place_and_every_link_leads_down(graph: dict[str, list[str]]) -> None:
    drawn = lanes_of("0", graph)
    nodes = [row.node for row in drawn.rows]
    assert set(nodes) == set(distances("0", graph))
    assert len(set(nodes)) == len(nodes)
    assert all(one.start < one.end and one.lane == drawn.rows[one.end].lane for one in drawn.links)
    assert len(edges(drawn)) == len(drawn.links)
    for row, shown in enumerate(drawn.rows):
        crossing = [one for one in drawn.links if one.start < row < one.end]
        assert all(one.lane != shown.lane for one in crossing)
    expected = {
        (node, other) for node in nodes for other in graph.get(node, ()) if nodes.index(other) > nodes.index(node)
    }
    assert edges(drawn) == expected
