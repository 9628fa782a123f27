"""The witness over HTTP: `POST /add-checkpoint`, and `GET /{SHA-256 of the origin}/checkpoint` for whoever compares."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from traceapp.core.errors import TraceappError
from traceapp.core.log_keys import head_name
from traceapp.witness.judge import MOST_BYTES, Reply, Witness

SECONDS = 20


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness. Port 0 takes a free one: see `server_port`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, witness: Witness, host: str, port: int) -> None:
        self.witness = witness
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "traceapp-witness"
    sys_version = ""
    timeout = SECONDS
    server: WitnessServer

    def do_POST(self) -> None:
        length = self._length()
        if length is None:
            self._reply(Reply(400, b"say how long the request is, at most 307200 bytes\n"), close=True)
            return
        body = self.rfile.read(length)
        if self.path.partition("?")[0].rstrip("/").rpartition("/")[2] != "add-checkpoint":
            self._reply(_NOTHING)
            return
        try:
            self._reply(self.server.witness.add_checkpoint(body))
        except (TraceappError, OSError) as cause:
            # What it cannot read or remember, it does not sign.
            self._reply(Reply(503, f"{cause}\n".encode()))

    def do_GET(self) -> None:
        memory = self.server.witness.memory
        wanted = self.path.strip("/")
        for origin in memory.logs():
            note = memory.read(origin) if wanted == f"{head_name(origin)}/checkpoint" else None
            if note is not None:
                self._reply(Reply(200, note))
                return
        self._reply(_NOTHING)

    def _length(self) -> int | None:
        text = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not (text.isascii() and text.isdigit() and len(text) < 10):
            return None
        return int(text) if int(text) <= MOST_BYTES else None

    def _reply(self, reply: Reply, *, close: bool = False) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: whoever asks a witness is nobody's business."""


_NOTHING = Reply(404, b"here are POST /add-checkpoint and GET /{SHA-256 of an origin}/checkpoint\n")
