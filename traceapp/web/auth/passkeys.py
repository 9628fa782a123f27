"""Signing in with a passkey, and making one: what static/passkey.js asks."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify, request

from traceapp.services.accounts import passkeys, sessions
from traceapp.services.accounts.passkeys import Asked
from traceapp.services.accounts.sign_in import Refusal, check_password, may_try
from traceapp.services.accounts.step_up import Act, ask, asks_for_passkeys, by_passkey
from traceapp.web.access import PUBLIC, SIGNED_IN, access, require_same_origin, world
from traceapp.web.auth import session
from traceapp.web.auth.agents import agent_of
from traceapp.web.auth.blueprint import auth
from traceapp.web.auth.sign_in import own_path

MOST_TRIES = 60


@auth.post("/passkey/sign-in/begin")
@access(PUBLIC)
def passkey_ask() -> Response:
    """A challenge for whatever key the browser has."""
    _require_turn()
    here = world()
    with here.write_aside() as connection:
        return _answer(passkeys.ask_to_sign_in(connection, here.settings.base_url, here.clock()))


@auth.post("/passkey/sign-in")
@access(PUBLIC)
def passkey_sign_in() -> Response:
    """A session for the account whose key answered."""
    _require_turn()
    here, now, sent = world(), world().clock(), _sent()
    with here.write_aside() as connection:
        account = passkeys.verify(connection, sent["state"], sent["credential"], here.settings.base_url, now)
        opened = sessions.start(connection, account, agent_of(request), now, how="passkey")
    return session.begin(jsonify(next=own_path(str(sent.get("next", "")))), opened)


@auth.post("/portal/passkeys/begin")
@access(SIGNED_IN)
def passkey_new() -> Response:
    """What the browser is to make a key of."""
    here, member = world(), session.member()
    with here.read() as connection:
        alone = asks_for_passkeys(connection, member.organisation)
        alone = alone and bool(passkeys.listed(connection, member.account))
    if alone and (asked := _asked_for_present_one()):
        return asked
    if not alone and not _is_known_again():
        with here.read() as connection:
            passkeys.require_fresh(connection, member, here.clock())
    with here.write_aside() as connection:
        return _answer(passkeys.ask_for_new(connection, member, here.settings.base_url, here.clock()))


def _asked_for_present_one() -> Response | None:
    """Where passkeys alone count, only one of them makes another: what the browser is to ask it, until it answered."""
    here, member, sent = world(), session.member(), request.get_json(silent=True)
    act = Act("passkey-add", request.path, ())
    match sent:
        case {"state": str(state), "credential": dict(credential)}:
            if by_passkey(here, member, act, state, credential) is None:
                return None
    with here.write_aside() as connection:
        asked = ask(connection, member, act, here.settings.base_url, here.clock())
    response = jsonify(prove={"state": asked.state, "options": asked.options} if asked else None)
    response.status_code = 403
    return response


def _is_known_again() -> bool:
    """Whether the member's own password came along; a wrong one is counted as at the door."""
    sent = request.get_json(silent=True)
    password = sent.get("password") if isinstance(sent, dict) else None
    if not isinstance(password, str) or not password:
        return False
    return not isinstance(check_password(world(), session.member().login, password, request.remote_addr or ""), Refusal)


@auth.post("/portal/passkeys")
@access(SIGNED_IN)
def passkey_add() -> Response:
    """Keep the key that was made; it is called after the browser."""
    here, sent = world(), _sent()
    name = agent_of(request)
    with here.write_aside() as connection:
        passkeys.add(
            connection, session.member(), sent["state"], sent["credential"], name, here.settings.base_url, here.clock()
        )
    return jsonify(name=name)


def _require_turn() -> None:
    require_same_origin()
    if not may_try(world(), "passkey", request.remote_addr or "", MOST_TRIES):
        abort(429, description="Too many tries: wait a quarter of an hour.")


def _sent() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    if (
        not isinstance(sent, dict)
        or not isinstance(sent.get("state"), str)
        or not isinstance(sent.get("credential"), dict)
    ):
        abort(400, description="This is no answer of a passkey.")
    return sent


def _answer(asked: Asked) -> Response:
    return jsonify(state=asked.state, options=asked.options)
