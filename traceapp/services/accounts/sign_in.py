"""Signing in with a password. Wrong name and wrong password answer alike, and take as long.

Failures are counted for a quarter of an hour, in the database that all workers share: by name and network together,
so that nobody can lock out somebody else, by network, and with a wide margin by name.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address, ip_network

from sqlalchemy import Connection, delete, select, update

from traceapp.core.errors import InvalidIdentifier
from traceapp.db import driver
from traceapp.db.accounts import accounts, sign_in_turns
from traceapp.services.accounts import passwords, sessions
from traceapp.services.accounts.form_tokens import form_key
from traceapp.services.accounts.people import login_of
from traceapp.services.world import World

QUARTER = 900
KEPT_QUARTERS = 96
MOST_BY_BOTH = 8
MOST_BY_NETWORK = 60
MOST_BY_NAME = 100


class Refusal(StrEnum):
    """Why nobody was signed in."""

    WRONG = "wrong"
    WAIT = "wait"


def sign_in(world: World, login: str, password: str, network: str, agent: str) -> str | Refusal:
    """A new session's token, or why not."""
    account = check_password(world, login, password, network)
    if isinstance(account, Refusal):
        return account
    with world.write_aside() as connection:
        return sessions.start(connection, account, agent, world.clock(), how="password")


def check_password(world: World, login: str, password: str, network: str) -> str | Refusal:
    """The account whose password it is, or why not; failures are counted.

    It is checked outside every transaction: it takes a while.
    """
    now, name = world.clock(), _name(login)
    counted = _counted(world, name, _network(network))
    with world.read() as connection:
        if _must_wait(connection, counted, now):
            return Refusal.WAIT
        query = select(accounts.c.id, accounts.c.password, accounts.c.disabled).where(accounts.c.login == name)
        row = connection.execute(query).first()
    good = passwords.fits(password, row.password if row else None)
    if row is None or not good or row.disabled is not None:
        with world.write_aside() as connection:
            count_failure(connection, (who for who, _ in counted), now)
        return Refusal.WRONG
    with world.write_aside() as connection:
        if passwords.is_outdated(row.password):
            fresh = passwords.make_hash(password)
            connection.execute(update(accounts).where(accounts.c.id == row.id).values(password=fresh))
        connection.execute(delete(sign_in_turns).where(sign_in_turns.c.who == counted[0][0]))
    return str(row.id)


def _name(login: str) -> str:
    try:
        return login_of(login)
    except InvalidIdentifier:
        # Nobody is called so: it is refused like any other wrong name.
        return ""


def _network(address: str) -> str:
    """An IPv4 address; of an IPv6 one the half that a household gets, since it may use all of the other."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def _counted(world: World, name: str, network: str) -> list[tuple[bytes, int]]:
    key = form_key(world)
    by = {f"both {name} {network}": MOST_BY_BOTH, f"network {network}": MOST_BY_NETWORK, f"name {name}": MOST_BY_NAME}
    return [
        (hmac.digest(key, f"sign-in {what}".encode("utf-8", "replace"), "sha256"), most) for what, most in by.items()
    ]


def may_try(world: World, what: str, network: str, most: int) -> bool:
    """Count one more try of something that can be guessed or flooded; whether it is still one of `most`."""
    now, key = world.clock(), form_key(world)
    who = hmac.digest(key, f"{what} {_network(network)}".encode("utf-8", "replace"), "sha256")
    with world.write_aside() as connection:
        if _must_wait(connection, [(who, most)], now):
            return False
        count_failure(connection, [who], now)
    return True


def _must_wait(connection: Connection, counted: Iterable[tuple[bytes, int]], now: datetime) -> bool:
    return any(_failures(connection, who, now) >= most for who, most in counted)


def _failures(connection: Connection, who: bytes, now: datetime) -> int:
    quarter = _quarter(now)
    rows = driver.run(connection, "SELECT count FROM sign_in_turns WHERE who = ? AND quarter >= ?", (who, quarter - 1))
    return sum(count for (count,) in rows)


def count_failure(connection: Connection, counted: Iterable[bytes], now: datetime) -> None:
    """One more failure of each; old ones are forgotten."""
    quarter = _quarter(now)
    driver.change(connection, "DELETE FROM sign_in_turns WHERE quarter < ?", (quarter - KEPT_QUARTERS,))
    for who in counted:
        driver.change(connection, _COUNT, (who, quarter))


_COUNT = (
    "INSERT INTO sign_in_turns (who, quarter, count) VALUES (?, ?, 1) "
    "ON CONFLICT (who, quarter) DO UPDATE SET count = sign_in_turns.count + 1"
)


def _quarter(now: datetime) -> int:
    return int(now.timestamp()) // QUARTER
