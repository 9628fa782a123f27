"""Somebody signed in for an organisation, with a browser of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask.testing import FlaskClient

from tests.conftest import HOST
from tests.passwords import hashed
from tests.web.conftest import Page, Site
from traceapp.services.accounts.people import MemberRole, create_account, join
from traceapp.services.accounts.sessions import csrf_token, start
from traceapp.services.world import World

BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


def new_session(
    world: World, organisation: str, login: str, role: MemberRole = MemberRole.OWNER, name: str = "Chị Lan"
) -> tuple[str, str]:
    """A new account with the tests' password, a member there, signed in: its id, and its session's token."""
    now = world.clock()
    with world.write() as connection:
        account = create_account(connection, login, name, hashed(), "vi", now)
        join(connection, account, organisation, role, "cli", world.notary, now)
        return account, start(connection, account, "test", now, how="test")


@dataclass
class SignedIn:
    """Who asks, and for whom. `token` is that of a session which `new_session` began."""

    site: Site
    organisation: str
    account: str
    token: str

    @cached_property
    def client(self) -> FlaskClient:
        client: FlaskClient = self.site.client.application.test_client(use_cookies=True)
        client.set_cookie("__Host-traceapp", self.token, domain=HOST, secure=True)
        return client

    @contextmanager
    def signed_out(self) -> Iterator[None]:
        """The same browser, whose session has ended; it is signed in again after."""
        self.client.delete_cookie("__Host-traceapp", domain=HOST)
        yield
        self.client.set_cookie("__Host-traceapp", self.token, domain=HOST, secure=True)

    @property
    def csrf(self) -> str:
        return csrf_token(self.token, self.organisation)

    def ask(self, path: str, method: str = "GET", headers: Mapping[str, str] = BROWSER, **more: Any) -> Page:
        sent = self.client.open(path, method=method, base_url=self.site.address, headers=dict(headers), **more)
        # No page's language is chosen by the one before.
        self.client.delete_cookie("lang", domain=HOST)
        return Page(sent)

    def send(self, path: str, values: Mapping[str, Any], **more: Any) -> Page:
        return self.ask(path, "POST", data={"csrf": self.csrf, **values}, **more)
