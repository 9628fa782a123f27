"""Requests that go out reach public addresses only, whatever a name says from one moment to the next."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from traceapp.adapters import outgoing
from traceapp.core.errors import BadSettings, Unavailable

INSIDE = (
    "127.0.0.1", "10.0.0.5", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "255.255.255.255", "ff02::1",
    "64:ff9b::a00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_name_leads_inside(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not outgoing.is_public(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [(family, 1, 6, "", ("8.8.8.8", 443)), (family, 1, 6, "", (address, 443))],
    )
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("something was sent"))
    with pytest.raises(Unavailable, match="no public address"):
        outgoing.post("https://witness.example.vn/add-checkpoint", b"x", 1)


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["8.8.8.8", "127.0.0.1"])
    asked: list[object] = []

    def connect(address: object, *_: object) -> socket.socket:
        asked.append(address)
        raise OSError("stop here")

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", (next(answers), 443))])
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unavailable, match="stop here"):
        outgoing.get("https://rebinding.example/", 1)
    assert asked == [("8.8.8.8", 443)]


@pytest.mark.parametrize(
    "url",
    ["http://example.vn/", "ftp://example.vn/", "https://", "https://u:p@example.vn/", "https://example.vn/?x", "//x",
     "https://example.vn:99999/", "https://[x/", "https://example.vn:0/", "http://127.0.0.1:1/"],
)  # fmt: skip
def test_addresses_that_requests_may_not_go_to(url: str) -> None:
    with pytest.raises(BadSettings):
        outgoing.post(url, b"", 1)


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that answers a line at a time, for ever."""
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        try:
            peer, _ = listener.accept()
            peer.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                peer.sendall(b"X: y\r\n")
                time.sleep(0.2)
        except OSError:
            return

    threading.Thread(target=drip, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    listener.close()


def test_whoever_answers_a_byte_at_a_time_is_cut_off_at_the_limit(dripping: str) -> None:
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        outgoing.get(dripping, 0.5, loopback=True)
    # A hundred lines are too many for the library: by itself that would take twenty seconds.
    assert time.monotonic() - begun < 10
