"""The demonstration in which one producer has written much, and what each who signs in finds there.

Places are written as addresses are, without kinds: `<key>/<rest>`, or a whole address where only that one has it so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import Connection

from bench.worlds import FIRST_DAY, Farm, season
from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import parse_path
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.facts import Content
from traceapp.core.identifiers import Lot
from traceapp.core.statements import record_uuid
from traceapp.db import driver
from traceapp.demo.load import demo_data, load_demo
from traceapp.render.outputs import Order
from traceapp.render.sheets import SHEETS
from traceapp.services.accounts.doubts import Sayer, put_in_doubt
from traceapp.services.accounts.people import MemberRole, create_account, join
from traceapp.services.accounts.sessions import start
from traceapp.services.certificates.statements import declare_certificate
from traceapp.services.diary.entries import Sent, Writer, keep
from traceapp.services.labels.jobs import State
from traceapp.services.labels.runs import issue_labels
from traceapp.services.labels.work import Wish, claim, start_job, work_on
from traceapp.services.lots.cases import pack_case
from traceapp.services.lots.handing_over import receive, ship
from traceapp.services.lots.recalls import notices_to, recall_with_notices
from traceapp.services.messages.inbox import Letter, answer, ask
from traceapp.services.records.events import capture, capture_many
from traceapp.services.records.names import organisation_named
from traceapp.services.registry.registers import lot_called, owner_of_lot, register_lot
from traceapp.services.world import World

LOTS = 12
EVENTS = 300
MESSAGES = 20
ROLES = {
    "producer": "org-che",
    "shop": "org-shop",
    "certifier": "org-cb",
    "council": "org-prov",
    "laboratory": "org-lab",
    "authority": "org-auth",
    "inspectorate": "org-insp",
}
"""Who signs in, by the role of the demonstration's organisation."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Tokens of sessions by role, and what stands in the places of addresses, by role and `prefix <argument>`."""

    tokens: Mapping[str, str]
    places: Mapping[str, Mapping[str, str]]

    def cookie(self, role: str) -> str:
        """What a browser of that role sends."""
        return f"__Host-traceapp={self.tokens[role]}"

    def path(self, role: str, rule: str) -> str | None:
        """The address of a rule's page for that role; None where it has none."""
        known = self.places.get(role, {})
        for place, value in known.items():
            if place == rule:
                return rule.partition("<")[0] + value
        for place, value in known.items():
            rule = rule.replace(place, value) if place.startswith("<") else rule
        return None if "<" in rule else rule


def load_cast(world: World) -> Cast:
    """Load the demonstration and what is more; returns who may be asked for what."""
    load_demo(world)
    return _Loader(world).load()


class _Loader:
    def __init__(self, world: World) -> None:
        self._world = world
        self._now = world.clock()
        self._today = vietnamese_date(self._now)
        self._ids: dict[str, str] = {}
        self._spray = ""

    def load(self) -> Cast:
        """Everything, in a few transactions."""
        world = self._world
        with world.write() as connection:
            for one in demo_data()["organisations"]:
                found = organisation_named(connection, one["name"], one["role"])
                assert found is not None, one["name"]
                self._ids[one["id"]] = found
            tokens = {role: self._sign_in(connection, role) for role in ROLES}
        with world.write() as connection:
            farm = self._farm(connection)
            self._write_much(connection, farm)
            places = self._places(connection, farm)
        # Done before anybody looks: a worker that makes it meanwhile would be measured too.
        job = claim(world, self._job.id)
        assert job is not None and work_on(world, job).state is State.DONE
        return Cast(tokens, places)

    def _sign_in(self, connection: Connection, role: str) -> str:
        account = create_account(connection, f"{role}@bench.example", f"Chị {role}", None, "vi", self._now)
        organisation = self._ids[ROLES[role]]
        join(connection, account, organisation, MemberRole.OWNER, "bench", self._world.notary, self._now)
        return start(connection, account, "bench", self._now, how="bench")

    def _farm(self, connection: Connection) -> Farm:
        """The tea producer of the demonstration, with its lots: the demonstration's own come last."""
        product, producer = owner_of_lot(connection, lot_called(connection, "DM2610B"))
        (place,) = driver.run(connection, "SELECT id FROM facilities WHERE organisation = ?", (producer,))[0]
        rows = driver.run(connection, "SELECT id FROM lots WHERE product = ? ORDER BY id", (product,))
        own = [lot for (lot,) in rows]
        made = {"made": (FIRST_DAY + timedelta(20)).isoformat(), "quantity": 9200, "unit": "gói"}
        new = [
            register_lot(connection, product, Lot(f"DM{number:04}"), made, self._world.notary, self._now)[0]
            for number in range(1, LOTS - len(own) + 1)
        ]
        return Farm(producer, place, product, (*new, *own))

    def _write_much(self, connection: Connection, farm: Farm) -> None:
        (known,) = driver.run(
            connection,
            "SELECT count(*) FROM record_subjects s JOIN lots ON lots.id = s.subject JOIN log_entries e "
            "ON e.leaf_index = s.leaf_index JOIN records r ON r.record_id = e.record_id "
            "WHERE r.type = 'TraceEvent' AND lots.product = ?",
            (farm.product,),
        )[0]
        new = Farm(farm.producer, farm.place, farm.product, tuple(one for one in farm.lots if "/10/DM0" in one))
        events = season(new, EVENTS - known)
        receipts = capture_many(connection, events, self._world.notary, self._now)
        sprays = [receipt for receipt, event in zip(receipts, events, strict=True) if event.stage is Stage.PPP]
        self._spray = record_uuid(sprays[-1].record_id)
        for number in range(MESSAGES):
            self._ask(connection, farm, number)
        for number in range(5):
            told = {"scheme": "VIETGAP", "number": f"VG-{number}", "issued": "2026-01-02", "expires": "2029-01-01"}
            declare_certificate(
                connection, farm.producer, self._ids["org-cb"], told, farm.producer, self._world.notary, self._now
            )

    def _ask(self, connection: Connection, farm: Farm, number: int) -> None:
        link = parse_path(farm.lots[number % LOTS].partition(self._world.host)[2]).identity
        assert link is not None
        letter = Letter(link, f"Pha mấy gam cho một ấm, nước bao nhiêu độ? ({number})", "vi", form=b"%d" % number)
        reference = ask(connection, letter, self._world.host, self._now)
        if number % 2:
            answer(connection, reference, "Tám gam, chín mươi độ.", farm.producer, self._now)

    def _places(self, connection: Connection, farm: Farm) -> dict[str, dict[str, str]]:
        """What each address of one thing is asked for."""
        busy, one = farm.lots[0], lot_called(connection, "DM2610B")
        self._issue(connection, busy, farm.producer)
        case, _ = pack_case(
            self._world, connection, [Content(busy, 1, 12)], farm.producer, self._today, self._world.notary
        )
        wish = Wish(busy, 24, Order(SHEETS["a4-24"]), signed=False, from_item=1)
        self._job, token = start_job(self._world, connection, wish)
        self._hand_over(connection, busy, farm.producer)
        offices = self._of_offices(connection, busy, one, case)
        return {"producer": self._of_producer(connection, farm, case, token), **offices}

    def _issue(self, connection: Connection, lot: str, by: str) -> None:
        world = self._world
        serial = world.key_store.current_serial()
        keyring = world.keyring(connection)
        issue_labels(
            connection, lot, 100, by, world.notary, keyring, world.rulebook, self._now, signed=False, serial_key=serial
        )

    def _hand_over(self, connection: Connection, busy: str, producer: str) -> None:
        """Packs of the busy lot to the shop, which receives some; another producer's, recalled since, to this one."""
        shop, other = self._ids["org-shop"], self._ids["org-cam"]
        lots = {"sent": (busy, producer, shop), "came": (lot_called(connection, "DG1115"), other, producer)}
        for lot, sender, receiver in lots.values():
            for count in (10, 20):
                receipt = ship(
                    connection, lot, sender, receiver, [Goods("gói 200 g", count, "gói")], self._today,
                    self._world.notary, self._now,
                )  # fmt: skip
            receive(
                connection, record_uuid(receipt.record_id), receiver, [Goods("gói 200 g", 20, "gói")], self._today,
                self._world.notary, self._now,
            )  # fmt: skip
        recall_with_notices(
            self._world, connection, lots["came"][0], other, self._world.notary, day=self._today, reason_vi="Quá ẩm"
        )

    def _of_producer(self, connection: Connection, farm: Farm, case: str, token: str) -> dict[str, str]:
        typed = {"start": "01/03/2026", "plots": "DM-05", "active": "Azadirachtin"}
        sent = Sent("bench-key-1", Stage.PPP, typed, self._now, farm.lots[0])
        draft = keep(connection, Writer(farm.producer), sent, self._now)
        code = self._one(connection, "SELECT code FROM products WHERE id = ?", farm.product)
        return {
            "/portal/cases/label/<key>/<rest>": self._path(case),
            "/portal/cases/open/<key>/<rest>": self._path(case),
            "<key>/<rest>": self._path(farm.lots[0]),
            "<code>": code,
            "<entry>": draft.id,
            "<stage>": "PPP",
            "/portal/diary/correct/<record_id>": self._spray,
            "/portal/doubts/<name>": _last(self._doubt(connection, farm)),
            "/portal/deliveries/<record_id>": self._one(connection, _WAITING, farm.producer),
            "/portal/labels/jobs/<token>": token,
            "/portal/messages/<reference>": self._one(connection, _MESSAGE, farm.product),
            "/portal/notices/<number>": str(notices_to(connection, farm.producer)[0].id),
            "/portal/certificates/new/<scheme>": "OCOP",
            "/portal/certificates/<name>": _last(self._one(connection, _HELD, farm.producer)),
            "/portal/setup/own/facility": f"?of={quote(farm.place, safe='')}",
        }

    def _doubt(self, connection: Connection, farm: Farm) -> str:
        """A helper's account that recorded one thing, and is in doubt since."""
        notary, sayer = self._world.notary, Sayer(farm.producer, "producer", "bench")
        helper = create_account(connection, "helper@bench.example", "Anh Tư", None, "vi", self._now)
        join(connection, helper, farm.producer, MemberRole.STAFF, "bench", notary, self._now)
        wrote = Event(farm.lots[1], Stage.FERT, self._today, self._today, farm.producer)
        capture(connection, wrote, replace(notary, account=helper), self._now)
        return put_in_doubt(connection, helper, self._now - timedelta(hours=1), "Mất máy", sayer, notary, self._now)

    def _of_offices(self, connection: Connection, busy: str, own: str, case: str) -> dict[str, dict[str, str]]:
        shop = self._ids["org-shop"]
        papers = {
            role: {"/portal/certifier/<name>": _last(self._one(connection, _ISSUED, self._ids[ROLES[role]]))}
            for role in ("certifier", "council", "laboratory")
        }
        waiting = self._one(connection, _WAITING, shop)
        return {
            "shop": {
                "/portal/cases/open/<key>/<rest>": self._path(case),
                "<key>/<rest>": self._path(busy),
                "/portal/deliveries/<record_id>": waiting,
            },
            "authority": {"<key>/<rest>": self._path(own)},
            **papers,
        }

    def _path(self, thing: str) -> str:
        return thing.partition(self._world.host)[2].lstrip("/")

    @staticmethod
    def _one(connection: Connection, sql: str, value: str) -> str:
        return str(driver.run(connection, sql, (value,))[0][0])


_WAITING = "SELECT record_id FROM shipments WHERE receiver = ? AND receipt IS NULL ORDER BY record_id DESC"
_MESSAGE = "SELECT reference FROM messages WHERE product = ? ORDER BY id LIMIT 1"
_HELD = "SELECT id FROM certificates WHERE about = ? ORDER BY id LIMIT 1"
_ISSUED = "SELECT id FROM certificates WHERE issuer = ? ORDER BY id LIMIT 1"


def _last(thing: str) -> str:
    return thing.rpartition("/")[2]
