from collections import Counter

from traceapp.core.scans.dice import Dice


def test_the_same_seed_makes_the_same_throws():
    assert [Dice(1).throw() for _ in range(2)] == [Dice(1).throw()] * 2
    one, other = Dice(7), Dice(8)
    assert [one.throw() for _ in range(5)] != [other.throw() for _ in range(5)]


def test_splitmix64_is_what_its_authors_publish():
    dice = Dice(1234567)
    assert [dice.throw() for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_throws_are_fair_enough_to_play_with():
    dice = Dice(1)
    counts = Counter(dice.between(1, 6) for _ in range(6000))
    assert set(counts) == {1, 2, 3, 4, 5, 6}
    assert all(800 < count < 1200 for count in counts.values())
    weighted = Counter(dice.weighted(((90, "a"), (10, "b"))) for _ in range(1000))
    assert 850 < weighted["a"] < 950
    assert dice.pick("x") == "x"


def test_chance_is_a_share():
    dice = Dice(3)
    assert not dice.chance(0)
    assert dice.chance(1)
    assert 2500 < sum(dice.chance(0.3) for _ in range(9000)) < 2900
