"""The served process itself, spoken to in raw bytes: what the server in front of the application lets through."""

from __future__ import annotations

import json
import random
import re
import resource
import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.shared import Shared
from tests.web.serving import Served, exchange, served

LOT = "/01/09520000000127/10/DM2610B"
BROWSER = "Accept: text/html\r\nAccept-Language: en\r\n"
REQUESTS = 500
LONG = 200_000_000
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served"), shared) as running:
        yield running


@pytest.fixture(scope="module")
def item(service: Served) -> str:
    """The path on a label."""
    done = service.traceapp("url", "DM2610B", "--item", "1")
    assert done.returncode == 0, done.stderr
    return "/01/" + done.stdout.strip().partition("/01/")[2]


def ask(service: Served, line: str, headers: str = BROWSER, host: str | None = None) -> tuple[int, bytes, bytes]:
    """Status, headers and body of one answer."""
    named = f"Host: {service.host if host is None else host}\r\n"
    data = exchange(service.port, f"{line}\r\n{named}{headers}Connection: close\r\n\r\n".encode())
    head, _, body = data.partition(b"\r\n\r\n")
    return status_of(data), head.lower(), body


def seconds_of(service: Served, path: str) -> float:
    """How long a page takes."""
    started = time.monotonic()
    assert ask(service, f"GET {path} HTTP/1.1")[0] == 200
    return time.monotonic() - started


def slack_of(service: Served, path: str) -> float:
    """So much longer a page may take than it should: a few times what it takes on this machine, busy as it is."""
    return 5 * max(seconds_of(service, path) for _ in range(3))


def status_of(data: bytes) -> int:
    found = _STATUS.match(data)
    return int(found[1]) if found else 0


def test_a_label_opens_its_page(service: Served, item: str) -> None:
    status, head, body = ask(service, f"GET {item} HTTP/1.1")
    assert status == 200
    assert b"content-security-policy: default-src 'none'" in head
    assert b"record-authentic" in body
    assert b'lang="en"' in body


def test_a_program_gets_the_verdict_and_others_are_led_to_the_page(service: Served, item: str) -> None:
    status, _, body = ask(service, f"GET {item} HTTP/1.1", "Accept: application/json\r\n")
    assert (status, json.loads(body)["headline"]) == (200, "record-authentic")
    status, head, _ = ask(service, f"GET {item}?utm=1 HTTP/1.1", "Accept: */*\r\n")
    assert status == 307
    assert f"location: {service.url}/verify{item}?utm=1".lower().encode() in head


CASES: dict[str, tuple[str, int, str]] = {
    "a 13-digit GTIN": ("GET /01/9520000000127 HTTP/1.1", 400, "has 13 digits"),
    "a wrong check digit": ("GET /01/09520000000128 HTTP/1.1", 400, "check digit"),
    "a doubled slash": (f"GET /{LOT} HTTP/1.1", 400, "doubled /"),
    "a space": (f"GET {LOT}%20X HTTP/1.1", 400, "cannot carry"),
    "a slash in a lot": ("GET /01/09520000000127/10/A%2FB HTTP/1.1", 400, "has no value"),
    "a NUL": (f"GET {LOT}%00 HTTP/1.1", 400, "cannot carry"),
    "broken UTF-8": (f"GET {LOT}%ff HTTP/1.1", 400, "not UTF-8"),
    "two dots": (f"GET {LOT}/../x HTTP/1.1", 400, "cannot follow"),
    "an unknown AI": (f"GET {LOT}?99999=1 HTTP/1.1", 400, "Application Identifier"),
    "a NUL to find": ("GET /find?code=%00 HTTP/1.1", 400, "no code has"),
    "a NUL in a record": ("GET /records/%00 HTTP/1.1", 404, "not found"),
    "a long query": (f"GET {LOT}?{'a' * 9000} HTTP/1.1", 414, "too long"),
    "a long path": (f"GET /01/{'9' * 9000} HTTP/1.1", 414, "too long"),
    "a method we do not have": (f"DELETE {LOT} HTTP/1.1", 405, "not allowed"),
    "a method nobody has": (f"BREW {LOT} HTTP/1.1", 405, "not allowed"),
    "TRACE": (f"TRACE {LOT} HTTP/1.1", 405, "not allowed"),
}


@pytest.mark.parametrize("what", CASES)
def test_a_wrong_request_gets_its_reason_over_the_wire(service: Served, what: str) -> None:
    line, expected, reason = CASES[what]
    status, head, body = ask(service, line)
    assert status == expected
    assert reason in body.decode().replace("&#39;", "'")
    assert b"nosniff" in head
    assert b"no-store" in head


def test_hosts_are_ours_or_refused(service: Served) -> None:
    for host in ("evil.example", "", "localhost.evil.example", f"{service.host}\r\nHost: evil.example"):
        status, _, body = ask(service, f"GET {LOT} HTTP/1.1", host=host)
        assert status == 400
        assert b"evil" not in body
    for host in (service.host, service.host.upper(), f"127.0.0.1:{service.port}"):
        assert ask(service, f"GET {LOT} HTTP/1.1", host=host)[0] == 200


def test_an_absolute_target_is_served_under_our_own_address(service: Served) -> None:
    status, _, body = ask(service, f"GET http://evil.example{LOT} HTTP/1.1")
    assert status == 200
    assert b"evil" not in body
    status, head, _ = ask(
        service, f"GET http://evil.example{LOT} HTTP/1.1", "Accept: */*\r\nX-Forwarded-Host: evil.example\r\n"
    )
    assert status == 307
    assert f"location: {service.url}/verify".encode() in head


def test_http_1_0_is_spoken(service: Served) -> None:
    request = f"GET {LOT} HTTP/1.0\r\nHost: {service.host}\r\nAccept: text/html\r\n\r\n".encode()
    data = exchange(service.port, request)
    assert status_of(data) == 200
    assert data.endswith(b"</html>\n") or b"</html>" in data[-20:]
    assert status_of(exchange(service.port, f"GET {LOT} HTTP/1.0\r\n\r\n".encode())) == 400


UNREADABLE = {
    "raw bytes": f"GET {LOT}/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n".encode("latin-1"),
    "no path": b"GET  HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 300,
    "a header without end": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "ten thousand headers": b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    "ten megabytes of query": b"GET /?" + b"a" * 10_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a negative length": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    "a bad chunk": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
    "a bare line feed": b"GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n",
    "OPTIONS of everything": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "nothing": b"\r\n\r\n",
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_request_is_refused_and_hurts_nobody(service: Served, what: str) -> None:
    data = exchange(service.port, UNREADABLE[what], half_close=True)
    assert status_of(data) < 500
    assert ask(service, "GET /healthz HTTP/1.1")[0] == 200


def test_made_up_bytes_never_end_in_a_failure(service: Served, item: str) -> None:
    dice = random.Random(20261121)
    paths = (LOT, item, f"/verify{item}", "/", "/find?code=DM2610B", "/log/checkpoint", "/log/tile/0/000", "/records/x")
    headers = f"Host: {service.host}\r\n{BROWSER}Connection: close\r\n\r\n"
    answered = 0
    for number in range(REQUESTS):
        request = bytearray(f"GET {dice.choice(paths)} HTTP/1.1\r\n{headers}".encode())
        for _ in range(dice.choice((1, 1, 2, 4, 12))):
            at = dice.randrange(len(request) - 4)
            request[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        status = status_of(exchange(service.port, bytes(request), half_close=True))
        assert status < 500, f"request {number}: {bytes(request)!r}"
        answered += status > 0
    # How many still are requests depends on where the bytes fell.
    assert answered > REQUESTS // 3
    assert ask(service, f"GET {item} HTTP/1.1")[0] == 200


def test_the_server_writes_no_address_no_path_and_no_serial(service: Served, item: str) -> None:
    serial = item.rpartition("/")[2]
    ask(service, f"GET {item}?S=1 HTTP/1.1", f"{BROWSER}X-Forwarded-For: 203.0.113.77\r\n")
    ask(service, f"GET /nowhere{item} HTTP/1.1")
    assert "Serving http://localhost" in service.log
    for secret in (serial, serial.lower(), "127.0.0.1", "203.0.113.77", "/nowhere", "Traceback"):
        assert secret not in service.log


def test_labels_asked_for_in_the_background_are_made_without_a_second_command(service: Served) -> None:
    """A worker runs beside `serve`, in a process of its own."""
    asked = service.traceapp("labels", "DM2610B", "--count", "5", "--format", "csv", "--background")
    assert asked.returncode == 0, asked.stderr
    address = asked.stderr.rpartition("/label-jobs/")[2].split()[0]
    until = time.monotonic() + 60
    while True:
        _, _, body = ask(service, f"GET /label-jobs/{address} HTTP/1.1")
        job = json.loads(body)
        if job["state"] == "done":
            break
        assert time.monotonic() < until, job
        time.sleep(0.2)
    status, headers, body = ask(service, f"GET /label-jobs/{address}/file HTTP/1.1")
    assert (status, body.count(b"\n"), b"content-disposition: attachment" in headers) == (200, 5, True)


# Long files


@pytest.fixture(scope="module")
def long_file(service: Served) -> str:
    """The address of a job whose file is 200 MB long."""
    done = service.traceapp("labels", "DM2610B", "--count", "2", "--format", "csv", "--background")
    found = re.search(r"/label-jobs/[\w-]+", done.stdout + done.stderr)
    assert found, done.stderr
    until = time.monotonic() + 60
    while json.loads(ask(service, f"GET {found[0]} HTTP/1.1", "Accept: application/json\r\n")[2])["state"] != "done":
        assert time.monotonic() < until
        time.sleep(0.1)
    made = max((service.folder / "data/jobs").glob("*.csv"), key=lambda one: one.stat().st_mtime_ns)
    with made.open("r+b") as file:
        file.truncate(LONG)
        for at in range(0, LONG, LONG // 8):
            file.seek(at)
            file.write(at.to_bytes(8))
    return f"{found[0]}/file"


def read_slowly(connection: socket.socket, count: int) -> Iterator[bytes]:
    while count > 0 and (chunk := connection.recv(min(count, 1 << 20))):
        count -= len(chunk)
        yield chunk


def begun(service: Served, path: str, headers: str = "") -> tuple[socket.socket, bytes, bytes]:
    """A connection on which a file is coming: what was said before it, and what came of it already."""
    connection = socket.create_connection(("127.0.0.1", service.port), 30)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {service.host}\r\n{headers}Connection: close\r\n\r\n".encode())
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(4096)
    head, _, body = data.partition(b"\r\n\r\n")
    return connection, head.lower(), body


def memory_of(service: Served) -> int:
    """Bytes in memory of every process that serves."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(service.folder).encode() in status.read_bytes():
                found += int((status.parent / "statm").read_text().split()[1]) * resource.getpagesize()
        except OSError:
            continue
    return found


def test_a_long_file_goes_out_whole_while_pages_are_served_and_memory_stays_flat(
    service: Served, long_file: str, item: str
) -> None:
    slack, before = slack_of(service, item), memory_of(service)
    connection, head, body = begun(service, long_file)
    with connection:
        assert b" 200 " in head and f"content-length: {LONG}".encode() in head
        # Nobody reads: pages go on, and nothing is piled up.
        assert max(seconds_of(service, item) for _ in range(5)) < 2 + slack
        peak, got = memory_of(service), len(body)
        for chunk in read_slowly(connection, LONG - len(body)):
            got += len(chunk)
            if got % 16 == 0:
                peak = max(peak, memory_of(service))
    assert got == LONG
    assert peak - before < 24 << 20, f"{(peak - before) >> 20} MB more"


def test_a_part_of_a_long_file_is_fetched_and_one_may_give_up(service: Served, long_file: str, item: str) -> None:
    at = LONG // 8
    connection, head, body = begun(service, long_file, f"Range: bytes={at}-{at + 150_000_000 - 1}\r\n")
    with connection:
        assert b" 206 " in head and b"content-length: 150000000" in head
        assert f"content-range: bytes {at}-{at + 150_000_000 - 1}/{LONG}".encode() in head
        while len(body) < 8:
            body += connection.recv(64)
        assert body[:8] == at.to_bytes(8)
    for _ in range(20):
        begun(service, long_file)[0].close()
    until = time.monotonic() + 20
    while b" 200 " not in begun(service, long_file)[1]:
        assert time.monotonic() < until, "whoever gave up leaves room for others"
        time.sleep(0.2)
    assert ask(service, f"GET {item} HTTP/1.1")[0] == 200


# Slow bodies


def test_pages_are_served_while_somebody_sends_a_form_slowly(service: Served, item: str) -> None:
    """A photo from a field with little signal, or three bytes of a thousand and then nothing."""
    form, slack = b"login=x&password=y", slack_of(service, item)
    head = f"POST /login HTTP/1.1\r\nHost: {service.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    senders = [socket.create_connection(("127.0.0.1", service.port), 10) for _ in range(6)]
    for one in senders:
        one.sendall(f"{head}Content-Length: {len(form)}\r\nConnection: close\r\n\r\n".encode() + form[:3])
    assert seconds_of(service, item) < 2 + slack
    senders[0].sendall(form[3:])
    assert status_of(senders[0].recv(4096)) in (200, 400, 422, 429)
    for one in senders:
        one.close()
    assert ask(service, f"GET {item} HTTP/1.1")[0] == 200


def test_after_more_slow_forms_than_threads_one_connection_goes_on_asking(service: Served, item: str) -> None:
    head = f"POST /login HTTP/1.1\r\nHost: {service.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    slack = slack_of(service, item)
    senders = [socket.create_connection(("127.0.0.1", service.port), 10) for _ in range(50)]
    for one in senders:
        one.sendall(f"{head}Content-Length: 18\r\nConnection: close\r\n\r\nlog".encode())
    kept = HTTPConnection("127.0.0.1", service.port, timeout=5 + slack)
    for number in range(60):
        kept.request("GET", item, headers={"Host": service.host, "Accept": "text/html"})
        answer = kept.getresponse()
        assert (answer.status, len(answer.read()) > 1000) == (200, True)
        if number == 30:
            for one in senders:
                one.close()
    kept.close()


def test_the_service_ends_at_once_while_threads_are_held_back(tmp_path: Path, shared: Shared) -> None:
    with served(tmp_path, shared, "--no-worker") as running:
        slack = slack_of(running, "/healthz")
        connections = [socket.create_connection(("127.0.0.1", running.port), 10) for _ in range(64)]
        for one in connections:
            one.sendall(f"GET /healthz HTTP/1.1\r\nHost: {running.host}\r\nConnection: close\r\n\r\n".encode())
        for one in connections:
            assert status_of(one.recv(4096)) == 200
            one.close()
        ending = time.monotonic()
    assert time.monotonic() - ending < 5 + slack
