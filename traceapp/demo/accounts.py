"""Fictional people of the demonstration, who all sign in with one passphrase that is made when it is loaded."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from traceapp.core.errors import NotFound
from traceapp.demo.load import demo_data
from traceapp.services.accounts.passwords import make_hash
from traceapp.services.accounts.people import MemberRole, account_called, create_account, join, set_hash
from traceapp.services.records.names import organisation_named
from traceapp.services.world import World

WORDS = (
    *("ao", "bắp", "bờ", "bông", "bưởi", "cam", "cá", "chanh", "chè", "chim", "chuối", "chum", "cót", "dâu", "dế"),
    *("dừa", "đò", "đồi", "đũa", "gạo", "gió", "gốm", "gừng", "hạt", "hoa", "khoai", "lá", "lúa", "lụa", "mai"),
    *("măng", "mây", "mận", "mía", "mít", "mưa", "nấm", "nắng", "ngô", "nhãn", "nón", "nồi", "ổi", "quế", "quýt"),
    *("rau", "rạ", "ruộng", "sả", "sen", "sim", "sông", "suối", "sương", "tằm", "thóc", "thơm", "trà", "trám"),
    *("trăng", "tre", "trứng", "vải", "vườn", "vừng", "xoài"),
)
"""Words that a thumb types: five of sixty-six are thirty bits, behind a door that counts failures."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in as `login`, for the demonstration's organisation of that short name."""

    login: str
    name: str
    organisation: str
    role: MemberRole


PEOPLE = (
    Person("lan@demo.example", "Chị Lan", "org-cam", MemberRole.OWNER),
    Person("minh@demo.example", "Anh Minh", "org-cam", MemberRole.STAFF),
    Person("tu@demo.example", "Bà Tư", "org-nm", MemberRole.OWNER),
    Person("nam@demo.example", "Anh Năm, cán bộ xã", "org-nm", MemberRole.OFFICER),
    Person("che@demo.example", "Cô Thu", "org-che", MemberRole.OWNER),
    Person("mat@demo.example", "Chú Tám", "org-mat", MemberRole.OWNER),
    Person("xyz@demo.example", "Chị Hà", "org-cb", MemberRole.OWNER),
    Person("lab@demo.example", "Anh Bình", "org-lab", MemberRole.OWNER),
    Person("hoidong@demo.example", "Ông Sơn", "org-prov", MemberRole.OWNER),
    Person("coquan@demo.example", "Bà Mai", "org-auth", MemberRole.OWNER),
    Person("kiemtra@demo.example", "Anh Dũng", "org-insp", MemberRole.OWNER),
)


def load_people(world: World) -> str:
    """Make their accounts, or give those there are a new passphrase; returns it, since it is kept nowhere."""
    passphrase = " ".join(secrets.choice(WORDS) for _ in range(5))
    # Each its own salt: the same passphrase looks different in every row.
    hashes = {one.login: make_hash(passphrase) for one in PEOPLE}
    named = {one["id"]: (one["name"], one["role"]) for one in demo_data()["organisations"]}
    with world.write() as connection:
        for one in PEOPLE:
            if account_called(connection, one.login) is not None:
                set_hash(connection, one.login, hashes[one.login], world.clock())
                continue
            organisation = organisation_named(connection, *named[one.organisation])
            if organisation is None:
                raise NotFound("This is no demonstration: its organisations are not here.")
            account = create_account(connection, one.login, one.name, hashes[one.login], "vi", world.clock())
            join(connection, account, organisation, one.role, "cli", world.notary, world.clock())
    return passphrase
