"""Ports of this machine for servers that tests start."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_port() -> Iterator[int]:
    """A free port that nobody else is given until the block ends: between asking for one and listening there, and
    again while a server is away, others ask for one. Servers say SO_REUSEADDR, so they may listen beside who keeps it.
    """
    with socket.socket() as keeping:
        keeping.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeping.bind(("127.0.0.1", 0))
        port: int = keeping.getsockname()[1]
        yield port
