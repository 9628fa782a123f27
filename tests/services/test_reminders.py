"""Letters about certificates that end: once each, whoever sends them, whatever happens in between."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import ASOF, Clock, settings_for
from tests.services.cast import Cast, put_on_stage
from tests.services.conftest import KINDS, Copies
from traceapp.adapters.mail import Letter, SmtpMailer
from traceapp.core.errors import InvalidEvent, NotFound, Unavailable
from traceapp.core.facts import CertificateState
from traceapp.db.certificates import certificate_reminders
from traceapp.services.accounts.people import MemberRole, create_account, disable, join
from traceapp.services.accounts.reminder_wishes import account_of_stop, set_wish, stop_address, wish_of
from traceapp.services.certificates import desk, reminders
from traceapp.services.certificates.statements import declare_certificate
from traceapp.services.certificates.taking_back import take_back
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World
from traceapp.worker import Worker

ENDS = date(2027, 4, 1)


@dataclass
class Post:
    """A mail server; it takes nothing while `is_down`."""

    letters: list[Letter] = field(default_factory=list)
    is_down: bool = False
    tried: int = 0

    def send(self, letter: Letter) -> None:
        self.tried += 1
        if self.is_down:
            raise Unavailable("The mail server mail.example.vn did not take the letter: TimeoutError.")
        self.letters.append(letter)


@pytest.fixture(scope="module", params=KINDS)
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared_copies: Copies
) -> Iterator[Cast]:
    folder = tmp_path_factory.mktemp("reminders")
    world = World(settings_for(folder, shared_copies.database(request.param, folder)), clock=Clock(ASOF))
    initialise(world)
    yield put_on_stage(world)
    world.engine.dispose()


@pytest.fixture
def post(stage: Cast) -> Iterator[Post]:
    """A mail server, with nothing left over from the test before."""
    made = stage.world.__dict__["mailer"] = Post()
    yield made
    with stage.world.write_aside() as connection:
        connection.execute(certificate_reminders.delete())
        for certificate in connection.exec_driver_sql("SELECT id FROM certificates").scalars().all():
            connection.exec_driver_sql(f"UPDATE certificates SET state = 'revoked' WHERE id = '{certificate}'")
        connection.exec_driver_sql("DELETE FROM memberships")


def on_day(stage: Cast, left: int, hour: int = 9) -> None:
    """So many days before the end, at that hour in Vietnam."""
    clock = stage.world.clock
    assert isinstance(clock, Clock)
    clock.now = datetime(ENDS.year, ENDS.month, ENDS.day, hour - 7, tzinfo=UTC) - timedelta(days=left)


def declare(stage: Cast, number: str = "VG-1", ends: date = ENDS) -> str:
    details = {"scheme": "VIETGAP", "number": number, "issued": "2026-01-10", "expires": ends.isoformat()}
    world = stage.world
    with world.write() as connection:
        return declare_certificate(
            connection, stage.producer, stage.certifier, details, stage.producer, world.notary, world.clock()
        )[0]


_COUNT = iter(range(1000))


def reader(stage: Cast, lang: str = "vi", login: str | None = None) -> tuple[str, str]:
    """(account, login) of another member of the producer."""
    world, login = stage.world, login or f"lan{next(_COUNT)}@example.vn"
    with world.write() as connection:
        account = create_account(connection, login, "Chị Lan", None, lang, world.clock())
        join(connection, account, stage.producer, MemberRole.STAFF, "cli", world.notary, world.clock())
    return account, login


def a_round(stage: Cast) -> int:
    reminders.plan(stage.world)
    return reminders.send_due(stage.world)


def test_each_reminder_goes_out_once_at_90_30_and_7_days(stage: Cast, post: Post) -> None:
    on_day(stage, 100)
    declare(stage)
    _, login = reader(stage)
    told = []
    for left in (100, 91, 90, 89, 31, 30, 29, 8, 7, 6, 1, 0, -2):
        on_day(stage, left)
        for _ in range(2):
            a_round(stage)
        told += [(left, one.to) for one in post.letters]
        post.letters.clear()
    assert told == [(90, login), (30, login), (7, login)]


def test_a_letter_says_what_ends_when_and_where_to_stop_in_the_readers_language(stage: Cast, post: Post) -> None:
    on_day(stage, 20)
    declare(stage)
    declare(stage, "VG-2", ENDS + timedelta(days=3))
    reader(stage), reader(stage, "en")
    assert a_round(stage) == 2, "one letter for all that a person is told"
    vi, en = sorted(post.letters, key=lambda one: int(one.to[3:].partition("@")[0]))
    assert vi.subject == "2 giấy chứng nhận sắp hết hạn"
    assert "VietGAP VG-1 của" in vi.text and "còn 20 ngày, đến 01/04/2027" in vi.text
    assert vi.text.index("VG-1") < vi.text.index("VG-2")
    assert en.subject == "2 certificates end soon"
    assert "20 days left, until 01/04/2027" in en.text
    assert en.stop in en.text and vi.stop != en.stop
    message = SmtpMailer("smtp://localhost", "traceapp@example.vn")._message(vi)
    assert message["Message-ID"] == f"<{vi.reference}@example.vn>"
    assert message["List-Unsubscribe"] == f"<{vi.stop}>"


def test_a_mail_server_that_is_down_loses_nothing_and_is_not_stormed(stage: Cast, post: Post) -> None:
    on_day(stage, 30)
    declare(stage)
    for _ in range(5):
        reader(stage)
    post.is_down = True
    assert a_round(stage) == 0
    assert post.tried == reminders.GIVE_UP
    assert a_round(stage) == 0
    assert post.tried == 5, "the two who were not tried; the others rest"
    post.is_down = False
    assert a_round(stage) == 0, "they still rest"
    stage.world.clock.tick(minutes=6)  # type: ignore[attr-defined]
    assert a_round(stage) == 5
    assert a_round(stage) == 0


def test_a_letter_that_never_got_out_is_overtaken_by_the_next_reminder(stage: Cast, post: Post) -> None:
    on_day(stage, 90)
    declare(stage)
    reader(stage)
    post.is_down = True
    a_round(stage)
    post.is_down = False
    on_day(stage, 30)
    assert a_round(stage) == 1
    assert "còn 30 ngày" in post.letters[0].subject
    with stage.world.read() as connection:
        found = connection.execute(select(certificate_reminders.c.days, certificate_reminders.c.state)).all()
    assert sorted(map(tuple, found)) == [(30, "sent"), (90, "dropped")]


def test_a_worker_that_was_killed_leaves_its_letters_to_the_next_after_a_while(stage: Cast, post: Post) -> None:
    on_day(stage, 30)
    declare(stage)
    reader(stage)
    reminders.plan(stage.world)
    assert reminders._take_up(stage.world) is not None
    assert reminders.send_due(stage.world) == 0
    stage.world.clock.tick(minutes=11)  # type: ignore[attr-defined]
    assert reminders.send_due(stage.world) == 1


def test_nobody_is_written_to_at_night(stage: Cast, post: Post) -> None:
    on_day(stage, 30, hour=20)
    declare(stage)
    reader(stage)
    assert a_round(stage) == 0
    on_day(stage, 29, hour=7)
    assert a_round(stage) == 1


def test_who_wants_none_has_no_mail_or_left_gets_none(stage: Cast, post: Post) -> None:
    on_day(stage, 30)
    declare(stage)
    unwilling, _ = reader(stage)
    reader(stage, login="0900000009")
    _, gone = reader(stage)
    later, _ = reader(stage)
    with stage.world.write_aside() as connection:
        set_wish(connection, unwilling, reminders=False)
        disable(connection, gone, "cli", stage.world.clock())
    assert reminders.plan(stage.world) == 1
    with stage.world.write_aside() as connection:
        set_wish(connection, later, reminders=False)
    assert reminders.send_due(stage.world) == 0
    assert post.letters == []


def test_a_certificate_that_was_taken_back_is_not_spoken_of(stage: Cast, post: Post) -> None:
    on_day(stage, 30)
    certificate = declare(stage)
    reader(stage)
    reminders.plan(stage.world)
    with stage.world.write() as connection:
        notary, now = stage.world.notary, stage.world.clock()
        desk.say_state(
            connection, certificate, CertificateState.REVOKED, stage.certifier, notary, now, reason="Không còn đúng"
        )
    assert a_round(stage) == 0


def withdraw(stage: Cast, certificate: str) -> None:
    world = stage.world
    with world.write() as connection:
        take_back(connection, certificate, stage.producer, world.notary, world.clock(), reason="Gõ nhầm số")


def refuse(stage: Cast, certificate: str) -> None:
    """Its holder asks, and its issuer does not confirm."""
    now = stage.world.clock()
    with stage.world.write() as connection:
        desk.ask_confirmation(connection, certificate, stage.producer, now)
        desk.refuse_confirmation(connection, certificate, stage.certifier, "Không có số này", now)


@pytest.mark.parametrize("end", [withdraw, refuse])
def test_what_its_issuer_declined_or_its_holder_took_back_is_not_spoken_of(
    stage: Cast, post: Post, end: Callable[[Cast, str], None]
) -> None:
    on_day(stage, 30)
    reader(stage)
    end(stage, declare(stage))
    assert reminders.plan(stage.world) == 0, "nothing is written down"
    late = declare(stage, "VG-2")
    assert reminders.plan(stage.world) == 1
    end(stage, late)
    assert reminders.send_due(stage.world) == 0 and post.letters == []
    assert only_state(stage) == "dropped", "nor is what was written down before"


def test_what_is_asked_for_again_after_a_refusal_is_spoken_of(stage: Cast, post: Post) -> None:
    on_day(stage, 30)
    reader(stage)
    certificate = declare(stage)
    refuse(stage, certificate)
    with stage.world.write() as connection:
        desk.ask_confirmation(connection, certificate, stage.producer, stage.world.clock())
    assert a_round(stage) == 1


def stars(stage: Cast, issued: str, by: str) -> str:
    """An OCOP decision about the product, as the council enters it or the producer types it."""
    world, number = stage.world, f"QD-{next(_COUNT)}"
    details = {"scheme": "OCOP", "number": number, "issued": issued, "stars": 4, "decision": f"{number}/QĐ-UBND"}
    with world.write() as connection:
        return declare_certificate(connection, stage.product, stage.council, details, by, world.notary, world.clock())[
            0
        ]


def test_a_decision_that_another_took_the_place_of_is_not_spoken_of(stage: Cast, post: Post) -> None:
    on_day(stage, 30)
    stars(stage, "2024-04-01", stage.council)
    reader(stage)
    assert reminders.plan(stage.world) == 1
    stars(stage, "2027-02-01", stage.producer)
    with stage.world.write_aside() as connection:
        connection.execute(certificate_reminders.delete())
    assert reminders.plan(stage.world) == 1, "what the producer only declares takes no decision's place"
    later = stars(stage, "2027-02-02", stage.council)
    assert reminders.send_due(stage.world) == 0 and post.letters == []
    assert only_state(stage) == "dropped"
    with stage.world.write_aside() as connection:
        connection.execute(certificate_reminders.delete())
    assert reminders.plan(stage.world) == 0
    with stage.world.write() as connection:
        notary, now = stage.world.notary, stage.world.clock()
        desk.say_state(
            connection, later, CertificateState.REVOKED, stage.council, notary, now, reason="Sai số quyết định"
        )
    assert a_round(stage) == 1 and "QD-" in post.letters[0].text, "the earlier one stands for itself again"


def only_state(stage: Cast) -> str:
    with stage.world.read() as connection:
        return connection.execute(select(certificate_reminders.c.state)).scalar_one()


def test_the_address_in_a_letter_ends_the_letters_and_no_other_does(stage: Cast, post: Post) -> None:
    account, _ = reader(stage)
    world = stage.world
    told = stop_address(world, account).rpartition("/")[2]
    with world.write_aside() as connection:
        assert account_of_stop(world, connection, told) == account
        for wrong in (told[:-1] + "x", f"{account}.", account, "", "é.é"):
            with pytest.raises(NotFound, match="ends no reminders"):
                account_of_stop(world, connection, wrong)
        with pytest.raises(InvalidEvent, match="not in 'fr'"):
            set_wish(connection, account, reminders=True, lang="fr")
        set_wish(connection, account, reminders=True, lang="en")
        assert wish_of(connection, account) == (True, "en")


def _send_from(told: Connection, folder: Path, database: str, now: datetime) -> None:
    world = World(settings_for(folder, database), clock=Clock(now))
    post = world.__dict__["mailer"] = Post()
    told.send("ready")
    told.recv()
    for _ in range(3):
        reminders.plan(world)
        reminders.send_due(world)
    told.send([one.to for one in post.letters])


def test_of_several_workers_one_sends_each_letter(stage: Cast, post: Post) -> None:
    on_day(stage, 30)
    declare(stage)
    logins = sorted(reader(stage)[1] for _ in range(12))
    start = multiprocessing.get_context("fork")
    ends, settings = [], stage.world.settings
    stage.world.engine.dispose()
    for _ in range(2):
        ours, theirs = start.Pipe()
        arguments = (theirs, settings.data_dir.parent, settings.database_url, stage.world.clock())
        start.Process(target=_send_from, args=arguments, daemon=True).start()
        ends.append(ours)
    assert all(one.poll(60) and one.recv() == "ready" for one in ends)
    for one in ends:
        one.send("go")
    sent = [login for one in ends if one.poll(60) for login in one.recv()]
    assert sorted(sent) == logins


def test_a_worker_reminds_by_itself(stage: Cast, post: Post) -> None:
    on_day(stage, 30)
    declare(stage)
    reader(stage)
    worker = Worker(stage.world)
    worker.remind()
    worker.remind()
    assert len(post.letters) == 1
