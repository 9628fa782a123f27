from traceapp.core.scans.memory import DAY, HOUR, MOST_VISITS, Memory, Visitor

NOON = 1_795_237_200  # noon in Vietnam
ONE = Visitor(b"visitor1", b"before_1", b"net1", b"old1")


def visitor(number):
    name = number.to_bytes(8, "big")
    return Visitor(name, b"", name[-4:], b"")


def scan(memory, who, seconds=NOON, province=0, *, speaks=True):
    return memory.add(who, memory.visits_of(who), seconds, province, speaks=speaks)


def again(memory):
    return Memory.read(memory.packed())


def test_nothing_is_remembered_of_nothing():
    for empty in (None, b"", b"\x07of another version"):
        assert Memory.read(empty) == Memory()
    assert Memory().oldest is None


def test_what_is_packed_is_read_again():
    memory = Memory(place=79, used_up=NOON, suspected=True)
    scan(memory, ONE, NOON, 79)
    visit = scan(memory, Visitor(b"visitor2", b"", b"net2", b"", cheap=True), NOON + 5, speaks=False)
    visit.chosen = visit.used_up = True
    assert again(memory) == memory


def test_scans_of_one_hour_and_place_are_one_visit():
    memory = Memory()
    for second in range(100):
        scan(memory, ONE, NOON + second)
    (visit,) = memory.visits
    assert (visit.count, visit.began, visit.ended) == (100, NOON, NOON + 99)
    scan(memory, ONE, NOON + 100, 79)
    scan(memory, ONE, NOON + HOUR)
    assert [one.count for one in memory.visits] == [100, 1, 1]
    assert len(memory.packed()) < 150


def test_a_scan_at_an_unknown_place_is_where_its_visitor_said_before():
    memory = Memory()
    visit = scan(memory, ONE)
    visit.province, visit.chosen = 79, True
    assert scan(memory, ONE, NOON + 60) is visit


def test_visits_are_forgotten_after_a_day():
    memory = Memory()
    scan(memory, ONE, NOON)
    scan(memory, visitor(2), NOON + HOUR)
    assert memory.oldest == NOON
    memory.forget(NOON + DAY - 1)
    assert len(memory.visits) == 2
    memory.forget(NOON + DAY)
    assert [one.visitor for one in memory.visits] == [visitor(2).today]
    memory.forget(NOON + 2 * DAY)
    assert memory.visits == []
    assert memory.oldest is None


def test_counts_are_kept_for_seven_vietnamese_days():
    memory = Memory()
    for day in range(10):
        scan(memory, ONE, NOON + day * DAY)
        memory.forget(NOON + day * DAY)
    assert [one.scans for one in memory.days] == [1] * 7
    evening = NOON + 9 * DAY + 11 * HOUR
    scan(memory, ONE, evening)
    scan(memory, ONE, evening + 2 * HOUR)
    assert [one.scans for one in memory.days][-2:] == [2, 1], "a day begins at midnight in Vietnam"


def test_a_visitor_is_known_again_under_the_next_days_key():
    memory = Memory()
    scan(memory, Visitor(b"monday_1", b"sunday_1", b"mon1", b"sun1"))
    tuesday = Visitor(b"tuesday1", b"monday_1", b"tue1", b"mon1")
    assert len(memory.visits_of(tuesday)) == 1
    assert memory.visits[0].visitor == b"tuesday1"
    neighbour = Visitor(b"tuesday2", b"monday_2", b"tue1", b"mon1")
    scan(memory, neighbour, NOON + HOUR)
    assert {one.network for one in memory.visits} == {b"tue1"}, "neighbours stay neighbours"


def test_visitors_who_come_anew_are_counted_unless_they_are_not_heard():
    memory = Memory()
    scan(memory, ONE)
    scan(memory, ONE)
    scan(memory, visitor(2))
    scan(memory, visitor(3), speaks=False)
    assert (memory.days[0].scans, memory.days[0].heads) == (4, 2)


def test_a_turn_is_another_visitor_in_another_province():
    memory = Memory()
    for number, province in enumerate((1, 1, 79, 0, 79, 1)):
        scan(memory, visitor(number), NOON + number, province)
    assert memory.days[0].turns == 2
    scan(memory, visitor(9), NOON + 9, 48, speaks=False)
    assert (memory.days[0].turns, memory.place) == (2, 1)


def test_one_visitor_makes_no_turns_wherever_they_seem_to_be():
    memory = Memory()
    for number in range(30):
        scan(memory, ONE, NOON + number, (1, 79)[number % 2])
    assert memory.days[0].turns == 0


def test_so_many_visits_are_remembered_and_those_who_are_not_heard_go_first():
    memory = Memory()
    scan(memory, visitor(1), NOON)
    scan(memory, visitor(2), NOON + 1, speaks=False)
    for number in range(3, MOST_VISITS + 2):
        scan(memory, visitor(number), NOON + number)
    assert len(memory.visits) == MOST_VISITS
    assert not memory.visits_of(visitor(2))
    assert memory.visits_of(visitor(1))
    latest = scan(memory, visitor(9999), NOON + 9999, speaks=False)
    assert latest in memory.visits, "the one who is here is remembered"
    assert not memory.visits_of(visitor(1))


def test_who_said_that_nothing_is_left_is_known_by_it_for_the_day():
    memory = Memory()
    scan(memory, ONE).used_up = True
    assert scan(memory, ONE, NOON + HOUR).used_up
    assert not scan(memory, visitor(2), NOON + HOUR).used_up


def test_counts_beyond_what_a_row_holds_stay_at_the_most():
    memory = Memory()
    scan(memory, ONE, NOON, 79)
    memory.visits[0].count = 2**40
    memory.days[0].scans = memory.days[0].heads = memory.days[0].turns = 2**40
    read = again(memory)
    assert read.visits[0].count == read.days[0].scans == 2**32 - 1
    assert (read.days[0].heads, read.days[0].turns) == (2**16 - 1, 2**8 - 1)
