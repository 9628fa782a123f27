"""Bodies that arrive slowly, as granian hands them over: they wait beside the pages."""

from __future__ import annotations

import io
import queue
import random
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from traceapp.adapters.mail import Letter
from traceapp.web import awake, bodies
from traceapp.web.auth import letters
from traceapp.web.bodies import Turns, drawing, out_of_turn

PATIENCE = 30
"""Seconds for what comes at once, unless the machine is busy; who is held back for good is so for twice as long."""


@pytest.fixture(autouse=True)
def _held_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of these tests end without a word; the server's are known to live on for a while."""
    monkeypatch.setattr(awake, "HELD_SECONDS", 0.05)


class Sender:
    """Somebody who sends `parts`, each once it is let go."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = list(parts)
        self.go = Event()

    def read(self, size: int) -> bytes:
        assert self.go.wait(PATIENCE)
        return self._parts.pop(0) if self._parts else b""


def asked(source: Any, length: int | None, method: str = "POST") -> dict[str, Any]:
    scope = {"REQUEST_METHOD": method, "wsgi.input": source, "wsgi.input_terminated": True}
    return scope | ({"HTTP_TRANSFER_ENCODING": "chunked"} if length is None else {"CONTENT_LENGTH": str(length)})


def reading(_: object, scope: dict[str, Any]) -> bytes | int:
    """A view that reads what was sent: the body, or the status that it ends with."""
    try:
        return Request(scope).get_data()
    except HTTPException as cause:
        return cause.code or 0


def test_a_page_is_shown_while_a_body_is_arriving_and_its_sender_is_answered_after() -> None:
    turns, slow, answers = Turns(reading), Sender(b"hel", b"lo"), []
    sending = Thread(target=lambda: answers.append(turns(None, asked(slow, 5))))
    sending.start()
    assert turns(None, asked(io.BytesIO(b"quick"), 5)) == b"quick"
    assert turns(None, {"REQUEST_METHOD": "GET", "wsgi.input": slow}) == b""
    assert not answers
    slow.go.set()
    sending.join(PATIENCE)
    assert answers == [b"hello"]


def test_one_request_has_its_turn_at_a_time() -> None:
    inside, most = [0], [0]

    def run(*_: object) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        Event().wait(0.01)
        inside[0] -= 1

    turns = Turns(run)
    threads = [Thread(target=turns, args=(None, asked(io.BytesIO(b"x"), 1))) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(PATIENCE)
    assert most == [1]


def test_pages_go_on_while_a_letter_is_handed_to_a_slow_mail_server() -> None:
    shown: list[object] = []

    class SlowMailer:
        def send(self, letter: Letter) -> None:
            page = Thread(
                target=lambda: shown.append(turns(None, {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()}))
            )
            page.start()
            page.join(PATIENCE)

    def run(_: object, scope: dict[str, Any]) -> bool:
        if scope["REQUEST_METHOD"] == "POST":
            return letters.send(SimpleNamespace(mailer=SlowMailer()), Letter("a@b.example", "s", "t"))  # type: ignore[arg-type]
        return True

    turns = Turns(run)
    assert turns(None, asked(io.BytesIO(b"x"), 1)) is True
    assert shown == [True]
    assert turns(None, asked(io.BytesIO(b"x"), 1)) is True, "its turn was taken again, and given back once"


def test_pages_go_on_while_one_photo_at_a_time_is_drawn_anew() -> None:
    page, inside, most = Event(), [0], [0]

    def run(_: object, scope: dict[str, Any]) -> None:
        if scope["REQUEST_METHOD"] == "GET":
            page.set()
            return
        with drawing():
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            assert page.wait(PATIENCE)
            inside[0] -= 1

    turns = Turns(run)
    threads = [Thread(target=turns, args=(None, asked(io.BytesIO(b"x"), 1))) for _ in range(3)]
    for one in threads:
        one.start()
    turns(None, {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()})
    for one in threads:
        one.join(PATIENCE)
    assert page.is_set() and (inside, most) == ([0], [1])


def test_who_sends_too_slowly_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "GRACE_SECONDS", 0)
    slow = Sender(b"hello")
    assert Turns(reading)(None, asked(slow, 5)) == 408
    slow.go.set()


def test_beyond_a_number_of_bodies_at_once_another_is_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, slow = Turns(reading), Sender(b"hello")
    monkeypatch.setattr(bodies, "MOST_AT_ONCE", 0)
    assert turns(None, asked(slow, 5)) == 503
    monkeypatch.setattr(bodies, "MOST_AT_ONCE", 1)
    slow.go.set()
    assert [turns(None, asked(io.BytesIO(b"hello"), 5)) for _ in range(3)] == [b"hello"] * 3


def test_a_body_that_broke_off_is_not_taken_for_a_whole_one() -> None:
    assert Turns(reading)(None, asked(io.BytesIO(b"hel"), 5)) == 400

    class Broken:
        def read(self, size: int) -> bytes:
            raise OSError("broken pipe")

    assert Turns(reading)(None, asked(Broken(), None)) == 400


def test_a_full_disk_is_said_and_nothing_half_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError("No space left on device")

    monkeypatch.setattr(bodies, "SpooledTemporaryFile", lambda size: Full())
    assert Turns(reading)(None, asked(io.BytesIO(b"hello"), 5)) == 503


def test_a_body_in_chunks_comes_whole_and_what_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Turns(reading)(None, asked(io.BytesIO(b"x" * 100_000), None)) == b"x" * 100_000
    monkeypatch.setattr(bodies, "MOST_BYTES", 50_000)
    long = io.BytesIO(b"x" * 100_000)
    assert Turns(reading)(None, asked(long, 100_000)) == b"" and long.tell() == 0
    assert len(reading(None, Turns(lambda _, scope: scope)(None, asked(long, None)))) < 100_000  # type: ignore[arg-type]


def test_the_body_of_a_page_that_is_only_asked_for_is_not_waited_for() -> None:
    slow = Sender()
    assert Turns(reading)(None, asked(slow, 1000, "GET")) == b""


# Threads that take requests


class Pool:
    """Threads that take requests from a queue, as granian's do."""

    def __init__(self, turns: Turns, count: int) -> None:
        self.asked: queue.SimpleQueue[tuple[object, dict[str, Any]]] = queue.SimpleQueue()
        self._turns = turns
        for _ in range(count):
            Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            with suppress(ArithmeticError):
                self._turns(*self.asked.get())

    def page(self, **more: Any) -> None:
        self.ask({"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO(), **more})

    def ask(self, scope: dict[str, Any]) -> None:
        self.asked.put((None, scope))


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_one_thread_takes_pages_and_another_for_each_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is held back for good: with a minute to wait, a wake-up that is lost shows."""
    monkeypatch.setattr(awake, "HELD_SECONDS", 2 * PATIENCE)
    answered: queue.SimpleQueue[int] = queue.SimpleQueue()

    def run(_: object, scope: dict[str, Any]) -> None:
        if "away" in scope:
            with out_of_turn():
                time.sleep(scope["away"])
        if scope["REQUEST_METHOD"] == "POST":
            Request(scope).get_data()
        answered.put(1)
        if "broken" in scope:
            raise ArithmeticError

    turns, dice = Turns(run), random.Random(20261122)
    pool = Pool(turns, 12)
    for _ in range(40):
        senders = [Sender(b"hel", b"lo") for _ in range(dice.randrange(11))]
        for sender in senders:
            pool.ask(asked(sender, 5))
        more = dice.choices(({}, {"away": 0.002}, {"broken": True}), (8, 2, 1), k=30)
        for one in more:
            pool.page(**one)
        for _ in more:
            answered.get(timeout=PATIENCE)
        for sender in senders:
            sender.go.set()
        for _ in senders:
            answered.get(timeout=PATIENCE)
    for _ in range(12):
        pool.page()
        answered.get(timeout=PATIENCE)
    until(lambda: len(turns.awake.taking) == 1)
    slow = [Sender(b"hello") for _ in range(11)]
    for waiting, sender in enumerate(slow, 1):
        pool.ask(asked(sender, 5))
        until(lambda waiting=waiting: turns.arriving == waiting)  # type: ignore[misc]
        pool.page()
        answered.get(timeout=PATIENCE)
    for sender in slow:
        sender.go.set()
    for _ in slow:
        answered.get(timeout=PATIENCE)


def test_nobody_is_held_back_for_a_thread_that_may_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """granian ends threads that had nothing to do, without a word."""
    monkeypatch.setattr(awake, "HELD_SECONDS", 2 * PATIENCE)
    answered: queue.SimpleQueue[int] = queue.SimpleQueue()
    turns = Turns(lambda *_: answered.put(1))
    page = {"REQUEST_METHOD": "GET"}
    ended = Thread(target=turns, args=(None, dict(page)))
    ended.start()
    ended.join(PATIENCE)
    monkeypatch.setattr(awake, "FRESH_SECONDS", 0)
    other = Thread(target=turns, args=(None, dict(page)), daemon=True)
    other.start()
    other.join(PATIENCE)
    assert answered.qsize() == 2 and not other.is_alive()


def test_who_is_held_back_keeps_nothing_of_a_request_and_comes_back_by_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake, "HELD_SECONDS", 2 * PATIENCE)
    turns = Turns(lambda *_: None)
    turns(None, {"REQUEST_METHOD": "GET"})
    scope = {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()}
    held = Thread(target=turns, args=(None, scope), daemon=True)
    held.start()
    until(lambda: bool(turns.awake._held))
    assert not scope and held.is_alive()
    monkeypatch.setattr(awake, "HELD_SECONDS", 0.05)
    other = Thread(target=turns, args=(None, {"REQUEST_METHOD": "GET"}), daemon=True)
    other.start()
    other.join(PATIENCE)
    assert held.is_alive() and not other.is_alive() and len(turns.awake.taking) == 2


def test_a_thread_lives_longer_than_others_rely_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert awake.FRESH_SECONDS + awake.HELD_SECONDS < awake.IDLE_SECONDS
