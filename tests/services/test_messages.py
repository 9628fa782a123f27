"""Questions and reports: nothing public before it is answered, nothing of the sender ever, and everything erasable."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, text

from tests.check_log import heads
from tests.services.cast import Cast, identity_of, only
from traceapp.core.digital_link import Identity
from traceapp.core.errors import Conflict, InvalidEvent, InvalidIdentifier, NotFound
from traceapp.core.identifiers import Gtin, Lot, Serial
from traceapp.db.tables import audit as audit_table
from traceapp.db.tables import message_private
from traceapp.db.tables import messages as table
from traceapp.services.accounts.form_tokens import (
    LEAST_SECONDS,
    MOST_SECONDS,
    Opened,
    form_key,
    make_token,
    read_token,
)
from traceapp.services.messages import inbox as messages
from traceapp.services.messages.inbox import Answered, Letter, Message, Private, State
from traceapp.services.messages.turns import MOST_A_DAY, MOST_ABOUT_ONE_THING, MOST_AN_HOUR, take_turn
from traceapp.services.operating import audit
from traceapp.services.registry.registers import register_lot
from traceapp.services.world import World

PHOTO = b"RIFF....WEBP"
_forms = (number.to_bytes(12, "big") for number in itertools.count())


@pytest.fixture
def letters(cast: Cast) -> Iterator[Letters]:
    yield Letters(cast)


class Letters:
    """Sends and answers in the cast's world."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.world = cast, cast.world

    def letter(self, words: str, thing: str | Identity | None = None, **more: object) -> Letter:
        identity = thing if isinstance(thing, Identity) else identity_of(self.world, thing or self.cast.lot)
        return Letter(**{"identity": identity, "words": words, "lang": "vi", "form": next(_forms), **more})  # type: ignore[arg-type]

    def ask(self, words: str = "Chè này pha mấy độ?", thing: str | Identity | None = None, **more: object) -> str:
        with self.world.write_aside() as connection:
            return messages.ask(connection, self.letter(words, thing, **more), self.world.host, self.world.clock())

    def report(self, words: str = "Tem bị bóc.", thing: str | Identity | None = None, **more: object) -> str:
        with self.world.write_aside() as connection:
            return messages.report(connection, self.letter(words, thing, **more), self.world.host, self.world.clock())

    def answer(self, reference: str, words: str = "80 độ.", *, public: bool = True) -> Message:
        with self.world.write() as connection:
            by, now = self.cast.producer, self.world.clock()
            return messages.answer(connection, reference, words, by, now, public=public)

    def refuse(self, reference: str, reason: str = "Không phải câu hỏi.") -> Message:
        with self.world.write() as connection:
            return messages.refuse(connection, reference, reason, "cli", self.world.clock())

    def find(self, reference: str) -> Message:
        with self.world.read() as connection:
            return messages.find(connection, reference)

    def shown(self, thing: str | None = None) -> list[Answered]:
        with self.world.read() as connection:
            identity = identity_of(self.world, thing or self.cast.lot)
            return list(messages.answered_of(connection, self.world.host, identity))

    def private(self, reference: str) -> Private:
        with self.world.read() as connection:
            return messages.private_of(connection, reference)

    def tick(self, **step: float) -> None:
        self.world.clock.tick(**step)  # type: ignore[attr-defined]


# From a question to its answer


def test_a_question_shows_with_its_answer_and_never_before(letters: Letters) -> None:
    reference = letters.ask()
    assert letters.shown() == []
    letters.tick(hours=5)
    answered = letters.answer(reference, "Nước 80 độ, hai phút.")
    assert (answered.state, answered.public, answered.closed_by) == (State.ANSWERED, True, letters.cast.producer)
    shown = only(letters.shown())
    assert (shown.words, shown.reply, shown.lot, shown.lang) == (
        "Chè này pha mấy độ?",
        "Nước 80 độ, hai phút.",
        "L1",
        "vi",
    )
    assert (shown.closed - shown.sent).total_seconds() == 5 * 3600


def test_a_refused_question_never_shows_and_its_sender_sees_why(letters: Letters) -> None:
    reference = letters.ask()
    letters.refuse(reference, "Hỏi về hàng của nơi khác.")
    assert letters.shown() == []
    found = letters.find(reference)
    assert (found.state, found.reply) == (State.REFUSED, "Hỏi về hàng của nơi khác.")


def test_refusing_takes_an_answer_off_the_page_and_a_better_one_may_follow(letters: Letters) -> None:
    reference = letters.ask()
    letters.answer(reference, "90 độ.")
    with pytest.raises(Conflict, match="answered already: refuse it first"):
        letters.answer(reference, "80 độ.")
    letters.refuse(reference)
    assert letters.shown() == []
    letters.answer(reference, "80 độ.")
    assert only(letters.shown()).reply == "80 độ."


def test_a_report_and_a_private_answer_are_for_their_senders_only(letters: Letters) -> None:
    report, question = letters.report(), letters.ask()
    assert not letters.answer(report).public
    assert not letters.answer(question, public=False).public
    assert letters.shown() == []
    assert letters.find(report).reply == letters.find(question).reply == "80 độ."


def test_a_page_shows_three_the_newest_answer_first(letters: Letters) -> None:
    references = [letters.ask(f"Câu hỏi thứ {number}?") for number in range(5)]
    for reference in (references[3], references[0], references[4], references[1]):
        letters.tick(minutes=1)
        letters.answer(reference)
    assert [one.words for one in letters.shown()] == ["Câu hỏi thứ 1?", "Câu hỏi thứ 4?", "Câu hỏi thứ 0?"]


def test_a_lots_page_leaves_out_what_was_asked_about_other_lots(letters: Letters) -> None:
    cast = letters.cast
    with letters.world.write() as connection:
        second, _ = register_lot(connection, cast.product, Lot("L/2"), {}, letters.world.notary, letters.world.clock())
    for words, thing in (("Của lô một?", cast.lot), ("Của lô hai?", second), ("Của cả sản phẩm?", cast.product)):
        letters.tick(minutes=1)
        letters.answer(letters.ask(words, thing))
    assert {one.words for one in letters.shown(cast.lot)} == {"Của lô một?", "Của cả sản phẩm?"}
    assert {one.words: one.lot for one in letters.shown(cast.product)} == {
        "Của lô một?": "L1",
        "Của lô hai?": "L/2",
        "Của cả sản phẩm?": None,
    }
    assert letters.shown(cast.other_lot) == []


def test_an_items_question_is_its_lots_and_keeps_the_path_that_was_scanned(letters: Letters) -> None:
    lot = identity_of(letters.world, letters.cast.lot)
    item = Identity(lot.product, None, lot.lot, Serial("0000000000001"))
    reference = letters.ask(thing=item)
    letters.answer(reference)
    assert letters.find(reference).path == item.path
    assert only(letters.shown()).lot == "L1"


def test_a_report_about_a_code_that_nobody_registered_is_kept_and_a_question_has_nobody_to_go_to(
    letters: Letters,
) -> None:
    stranger = Identity(Gtin("00000000000017"))
    with pytest.raises(NotFound, match="no producer to ask"):
        letters.ask(thing=stranger)
    reference = letters.report("Tem này ở đâu ra?", stranger)
    assert letters.find(reference).path == "/01/00000000000017"
    assert letters.refuse(reference).state is State.REFUSED


# What is held back


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("Xem https://evil.example/x đi", "link"),
        ("Mua ở www.evil.example", "link"),
        ("vào re-hon.shop nhé", "link"),
        ("Gọi tôi 0912 345 678 nhé", "contact"),
        ("Gọi +84 912.345.678", "contact"),
        ("Thư cho an.nguyen@example.vn", "link"),
        ("Thư cho an@thu.example nhé", "contact"),
        ("Hạn dùng 12/10/2027, gói 200 g, 15.000 đồng?", None),
        ("Chè ngon. Có bán ở Hà Nội không?", None),
        ("Vụ 2026.Có gì khác?", None),
    ],
)
def test_links_and_telephone_numbers_are_held_for_somebody_to_look_at(
    letters: Letters, words: str, why: str | None
) -> None:
    found = letters.find(letters.ask(words))
    assert (found.state, found.held_for) == (State.HELD if why else State.NEW, why)


def test_a_form_that_a_program_filled_in_is_held_and_not_lost(letters: Letters) -> None:
    found = letters.find(letters.ask(odd=True))
    assert (found.state, found.held_for) == (State.HELD, "form")
    with letters.world.read() as connection:
        assert [one.reference for one in messages.listed(connection)] == [found.reference]
        assert messages.listed(connection, (State.NEW,)) == []


def test_numbers_and_addresses_in_a_question_are_left_out_of_the_page(letters: Letters) -> None:
    letters.answer(letters.ask("Gọi tôi 0912 345 678 hoặc an.b@example.vn, gói 200 g?"))
    assert only(letters.shown()).words == "Gọi tôi … hoặc …, gói 200 g?"


def test_one_form_is_taken_once(letters: Letters) -> None:
    reference = letters.ask(form=b"the same form")
    with pytest.raises(Conflict, match="sent already"):
        letters.ask("Lần nữa?", form=b"the same form")
    with letters.world.read() as connection:
        assert messages.sent_in(connection, b"the same form") == reference
        assert messages.sent_in(connection, b"another form") is None
        assert len(messages.listed(connection)) == 1


@pytest.mark.parametrize("words", ["", "   \n ", "a" * 1001])
def test_nothing_and_too_much_are_refused(letters: Letters, words: str) -> None:
    with pytest.raises(InvalidEvent, match="write 1 to 1000"):
        letters.ask(words)
    reference = letters.ask()
    with pytest.raises(InvalidEvent, match="write 1 to 2000"):
        letters.answer(reference, words * 3)
    with pytest.raises(InvalidIdentifier, match="unprintable"):
        letters.answer(reference, "x\x00y")


# References


def test_a_reference_is_long_random_and_forgiving_about_spelling(letters: Letters) -> None:
    references = {letters.ask() for _ in range(20)}
    assert len(references) == 20
    assert all(len(one) == 24 and one.count("-") == 4 for one in references)
    one = references.pop()
    for spelled in (one.lower(), one.replace("-", ""), one.replace("-", " "), one.replace("0", "O").replace("1", "l")):
        assert letters.find(spelled).reference == one
    for wrong in ("", "x", one[:-1], "0000-0000-0000-0000-0000", "%", "' OR 1=1 --", "\x00", "é" * 30):
        with pytest.raises(NotFound, match="letter by letter"):
            letters.find(wrong)


# The sender


def test_who_sent_it_is_kept_apart_and_can_be_erased(letters: Letters) -> None:
    reference = letters.ask(contact=" 0912 345 678 ", photo=PHOTO)
    assert letters.private(reference) == Private("0912 345 678", PHOTO)
    assert "0912 345" not in repr(letters.find(reference)) and "0912 345" not in repr(letters.shown())
    with letters.world.write() as connection:
        messages.erase_contact(connection, reference, "cli", letters.world.clock())
    assert letters.private(reference) == Private()
    assert letters.find(reference).words == "Chè này pha mấy độ?"
    with pytest.raises(NotFound, match="Nothing is held"), letters.world.write() as connection:
        messages.erase_contact(connection, reference, "cli", letters.world.clock())


def test_without_contact_and_photo_nothing_is_held(letters: Letters) -> None:
    reference = letters.ask(contact="  ")
    with letters.world.read() as connection:
        assert connection.execute(select(func.count()).select_from(message_private)).scalar() == 0
    assert letters.private(reference) == Private()


def test_a_message_can_be_erased_altogether(letters: Letters) -> None:
    reference = letters.ask(contact="0912345678", photo=PHOTO)
    letters.answer(reference)
    with letters.world.write() as connection:
        messages.erase(connection, reference, "cli", letters.world.clock())
    assert letters.shown() == []
    with pytest.raises(NotFound):
        letters.find(reference)
    with letters.world.read() as connection:
        for one in (table, message_private):
            assert connection.execute(select(func.count()).select_from(one)).scalar() == 0


def test_contact_and_photo_go_by_themselves_ninety_days_after_the_answer(letters: Letters) -> None:
    answered, waiting = letters.ask(contact="0912345678"), letters.ask(contact="0987654321")

    def forget() -> int:
        with letters.world.write_aside() as connection:
            return messages.forget_senders(connection, letters.world.clock())

    letters.answer(answered)
    letters.tick(days=90)
    assert forget() == 0
    letters.tick(seconds=1)
    assert forget() == 1
    assert letters.private(answered) == Private()
    assert letters.private(waiting).contact == "0987654321", "who has no answer yet can still be reached"
    assert only(letters.shown()).reply == "80 độ."


def test_what_is_done_to_a_message_is_in_the_audit_trail_and_its_words_are_not(letters: Letters) -> None:
    reference = letters.ask("Bí mật của tôi?", contact="0912345678")
    letters.answer(reference, "Lời đáp riêng.")
    with letters.world.write() as connection:
        messages.erase_contact(connection, reference, "cli", letters.world.clock())
        messages.erase(connection, reference, "cli", letters.world.clock())
    with letters.world.read() as connection:
        assert audit.require_intact(connection) >= 3
        lines = b"".join(connection.execute(select(audit_table.c.line)).scalars())
    for word in ("Bí mật", "0912345678", "Lời đáp", reference):
        assert word.encode() not in lines
    assert b"message-answered" in lines and b'"erase"' in lines


def test_messages_leave_the_log_alone(letters: Letters) -> None:
    before = heads(letters.world)
    letters.answer(letters.ask())
    letters.refuse(letters.report())
    assert heads(letters.world) == before


# How often


def turns(letters: Letters, address: str, thing: str = "thing", times: int = 1) -> list[bool]:
    found = []
    for _ in range(times):
        visitor = letters.world.scans.visitor(address, letters.world.clock())
        with letters.world.write_aside() as connection:
            found.append(take_turn(connection, visitor, thing, letters.world.clock()))
    return found


def test_a_visitor_has_so_many_turns_an_hour_and_a_day(letters: Letters) -> None:
    assert turns(letters, "198.51.100.7", times=MOST_AN_HOUR + 2) == [True] * MOST_AN_HOUR + [False] * 2
    assert turns(letters, "198.51.100.8") == [True], "somebody else is not held up"
    letters.tick(hours=2)
    assert turns(letters, "198.51.100.7", times=MOST_AN_HOUR) == [True] * MOST_AN_HOUR
    letters.tick(hours=2)
    left = MOST_A_DAY - 2 * MOST_AN_HOUR
    assert turns(letters, "198.51.100.7", times=left + 1) == [True] * left + [False]
    letters.tick(hours=25)
    assert turns(letters, "198.51.100.7") == [True]


def test_midnight_does_not_make_a_visitor_new(letters: Letters) -> None:
    letters.tick(hours=18, minutes=30)
    assert all(turns(letters, "198.51.100.7", times=MOST_AN_HOUR))
    letters.tick(minutes=45)
    assert turns(letters, "198.51.100.7") == [False]


def test_one_thing_takes_so_many_in_a_day_from_whomever(letters: Letters) -> None:
    for number in range(MOST_ABOUT_ONE_THING):
        assert turns(letters, f"203.0.113.{number}") == [True]
    assert turns(letters, "203.0.113.200") == [False]
    assert turns(letters, "203.0.113.200", "another thing") == [True]


def test_no_address_is_kept_and_nothing_longer_than_a_day(letters: Letters) -> None:
    turns(letters, "198.51.100.7")
    with letters.world.read() as connection:
        row = connection.execute(text("SELECT visitor, thing FROM message_turns")).one()
    assert len(bytes(row.visitor)) == 8 and b"198.51" not in bytes(row.visitor)
    letters.tick(hours=24)
    turns(letters, "198.51.100.99")
    with letters.world.read() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM message_turns")).scalar() == 1


def test_another_worker_counts_along(letters: Letters) -> None:
    other = Letters(letters.cast)
    other.world = World(letters.world.settings, clock=letters.world.clock)
    found = [turns(one, "198.51.100.7")[0] for _ in range(MOST_AN_HOUR) for one in (letters, other)]
    assert found == [True] * MOST_AN_HOUR + [False] * MOST_AN_HOUR
    other.world.engine.dispose()


# Tokens


def test_a_token_is_good_for_its_form_and_time_only(letters: Letters) -> None:
    world, key = letters.world, form_key(letters.world)
    token = make_token(key, "question /01/1", world.clock())
    assert read_token(key, "question /01/1", token, world.clock()).opened is Opened.EARLY
    letters.tick(seconds=LEAST_SECONDS)
    good = read_token(key, "question /01/1", token, world.clock())
    assert good.opened is Opened.GOOD and len(good.nonce) == 12
    assert read_token(key, "report /01/1", token, world.clock()).opened is Opened.FORGED
    assert read_token(b"another key", "question /01/1", token, world.clock()).opened is Opened.FORGED
    letters.tick(seconds=MOST_SECONDS)
    assert read_token(key, "question /01/1", token, world.clock()).opened is Opened.LATE


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", "A" * 44, "A" * 10_000, "\x00", "a b"])
def test_what_is_no_token_of_ours_is_forged(letters: Letters, token: str) -> None:
    assert read_token(form_key(letters.world), "x", token, letters.world.clock()).opened is Opened.FORGED


def test_every_bit_of_a_token_counts_and_every_form_has_its_own(letters: Letters) -> None:
    key, now = form_key(letters.world), letters.world.clock()
    token = make_token(key, "x", now)
    for at in range(len(token)):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert read_token(key, "x", changed, now).opened is Opened.FORGED
    nonces = {read_token(key, "x", make_token(key, "x", now), now).nonce for _ in range(50)}
    assert len(nonces) == 50


def test_every_worker_makes_the_same_key_and_a_new_serial_key_makes_a_new_one(letters: Letters) -> None:
    before = form_key(letters.world)
    assert before == form_key(World(letters.world.settings))
    letters.world.key_store.create_serial()
    assert form_key(letters.world) != before
    assert form_key(letters.world) == form_key(World(letters.world.settings))
