from traceapp.core.scans.copy_signs import signs_of
from traceapp.core.scans.memory import HOUR, Memory, Visitor

NOON = 1_795_237_200
HANOI, DA_NANG, SAIGON = 1, 48, 79


def visitor(number, network=None, *, cheap=False):
    name = number.to_bytes(8, "big")
    return Visitor(name, b"", (number if network is None else network).to_bytes(4, "big"), b"", cheap)


def scanned(*scans, memory=None):
    """(visitor, seconds after noon, province) each; the signs after the last."""
    memory = memory or Memory()
    for who, after, province in scans:
        seconds = NOON + after
        memory.forget(seconds)
        latest = memory.add(who, memory.visits_of(who), seconds, province, speaks=True)
    return signs_of(memory, latest)


def many(*heads):
    """So many scans by each visitor."""
    return scanned(*((visitor(number), step, 0) for number, count in enumerate(heads) for step in range(count)))


def test_twenty_scans_by_several_visitors_are_many():
    assert many(*[1] * 20).many
    assert many(5, 5, 5, 5).many
    assert not many(*[1] * 19).many
    found = many(7, 7, 7, 7)
    assert (found.scans, found.visitors, found.week, found.heads) == (28, 4, 28, 4)
    assert found.are_of_copies


def test_one_visitor_counts_as_a_household_however_often_they_scan():
    assert not many(10_000).are_of_copies
    assert not many(100, 100, 100).are_of_copies
    assert not many(500, 1, 1, 1).are_of_copies


def test_neighbours_whose_addresses_cost_nothing_are_one_household():
    one_line = [(visitor(number, 7, cheap=True), number, 0) for number in range(100)]
    assert not scanned(*one_line).many
    four_lines = [(visitor(number, number % 4, cheap=True), number, 0) for number in range(100)]
    assert scanned(*four_lines).many


def test_neighbours_whose_addresses_cost_money_are_one_household_unless_they_are_many():
    few = [(visitor(number % 10, 7), number, 0) for number in range(100)]
    assert not scanned(*few).many
    assert scanned(*((visitor(number, 7), number, 0) for number in range(20))).many


def test_visitors_who_are_not_heard_make_nothing_many():
    memory = Memory()
    for number in range(60):
        memory.add(visitor(number), [], NOON + number, 0, speaks=False)
    found = signs_of(memory, memory.visits[-1])
    assert (found.scans, found.visitors, found.are_of_copies) == (60, 60, False)


def test_after_somebody_said_that_nothing_is_left_others_count_double():
    memory = Memory()
    scanned((visitor(0), 0, 0), memory=memory)
    memory.used_up, memory.visits[0].used_up = NOON + 1, True
    others = [(visitor(number), 60 * number, 0) for number in range(1, 10)]
    assert not scanned(*others, memory=memory).many
    found = scanned((visitor(10), 3600, 0), memory=memory)
    assert (found.many, found.after, found.scans) == (True, 10, 11)


def test_the_one_who_said_it_makes_nothing_suspect_and_neither_do_three_others():
    memory = Memory()
    scanned((visitor(0), 0, 0), memory=memory)
    memory.used_up, memory.visits[0].used_up = NOON + 1, True
    assert not scanned(*((visitor(0), step, 0) for step in range(9999)), memory=memory).are_of_copies
    family = [(visitor(1 + number % 2), 60 + number, 0) for number in range(100)]
    assert not scanned(*family, memory=memory).are_of_copies


def test_two_visitors_too_far_apart_are_copies_with_the_distance_and_the_time():
    found = scanned((visitor(1), 0, HANOI), (visitor(2), 35 * 60, SAIGON))
    assert found.are_of_copies
    km, minutes = found.far
    assert 1000 < km < 1150
    assert minutes == 35
    assert (found.provinces, found.named) == (2, ())


def test_the_place_furthest_away_is_told():
    found = scanned((visitor(1), 0, DA_NANG), (visitor(2), 60, HANOI), (visitor(3), 120, SAIGON))
    assert found.far[0] > 1000


def test_neighbouring_provinces_and_long_journeys_are_no_copies():
    assert scanned((visitor(1), 0, HANOI), (visitor(2), 60, 24)).far is None
    assert scanned((visitor(1), 0, HANOI), (visitor(2), 2 * HOUR + 1, SAIGON)).far is None
    assert scanned((visitor(1), 0, HANOI), (visitor(2), 2 * HOUR, SAIGON)).far


def test_one_visitor_and_one_who_is_not_heard_are_nowhere_at_once():
    assert scanned(*((visitor(1), step, (HANOI, SAIGON)[step % 2]) for step in range(50))).far is None
    memory = Memory()
    memory.add(visitor(1), [], NOON, HANOI, speaks=False)
    latest = memory.add(visitor(2), [], NOON, SAIGON, speaks=True)
    assert signs_of(memory, latest).far is None


def test_places_that_visitors_chose_need_three_to_disagree():
    memory = Memory()
    for number, place in enumerate((HANOI, SAIGON)):
        latest = memory.add(visitor(number), [], NOON + number, place, speaks=True)
        latest.chosen = True
    assert signs_of(memory, latest).far is None
    latest = memory.add(visitor(3), [], NOON + 3, DA_NANG, speaks=True)
    latest.chosen = True
    assert signs_of(memory, latest).far


def test_neighbours_who_chose_places_are_one():
    memory = Memory()
    for number, place in enumerate((HANOI, DA_NANG, SAIGON)):
        latest = memory.add(visitor(number, 7), [], NOON + number, place, speaks=True)
        latest.chosen = True
    assert signs_of(memory, latest).far is None


def test_many_visitors_to_and_fro_between_provinces_within_a_week_are_copies():
    day = 24 * HOUR
    walk = [(visitor(number), number * day // 3, (HANOI, SAIGON)[number % 2]) for number in range(7)]
    assert not scanned(*walk[:3]).are_of_copies
    found = scanned(*walk)
    assert found.to_and_fro
    assert found.far is None


def test_a_gift_makes_one_journey():
    gift = [
        (visitor(number), number * 60 + (number > 2) * 9 * HOUR, (HANOI, SAIGON)[number > 2]) for number in range(9)
    ]
    found = scanned(*gift)
    assert (found.turns, found.are_of_copies) == (1, False)


def test_a_province_is_named_from_five_scans_on():
    found = scanned(*((visitor(number), number, (HANOI, SAIGON)[number > 4]) for number in range(9)))
    assert (found.provinces, found.named) == (2, ("01",))


def test_without_a_latest_visit_only_numbers_are_told():
    memory = Memory()
    scanned((visitor(1), 0, HANOI), (visitor(2), 60, SAIGON), memory=memory)
    assert signs_of(memory, None).far is None
    assert signs_of(Memory(), None) == (0, 0, 0, (), 0, 0, 0, 0, None, False)
