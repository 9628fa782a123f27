"""Witnesses as others run them: real ones, over HTTP, each with a folder and a key of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from traceapp.core.credential import Signer
from traceapp.core.keys import Role
from traceapp.core.note import Algorithm, VerifierKey
from traceapp.services.log.witnesses import add_witness
from traceapp.services.world import World
from traceapp.witness.judge import Witness
from traceapp.witness.key_file import create_key, load_key
from traceapp.witness.memory import Memory
from traceapp.witness.server import WitnessServer


@dataclass
class Running:
    """A witness that answers at `url`."""

    url: str
    key: VerifierKey
    memory: Memory
    witness: Witness

    def seen(self, world: World) -> int:
        """How many entries of this log it has cosigned."""
        last = self.memory.last(world.log_key.name)
        return last.size if last else 0


def new_witness(folder: Path, name: str, log_key: VerifierKey | None, clock: Callable[[], float]) -> Witness:
    """A witness with a key of its own, that follows one log."""
    create_key(folder, name, None)
    memory = Memory(folder)
    if log_key:
        memory.follow(log_key.format())
    return Witness(*load_key(folder, None), memory, clock)


@contextmanager
def running(witness: Witness) -> Iterator[Running]:
    """Serve it for as long as the block lasts."""
    server = WitnessServer(witness, "127.0.0.1", 0)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    key = VerifierKey.of(witness.name, Algorithm.COSIGNATURE_V1, witness.private)
    try:
        yield Running(f"http://127.0.0.1:{server.server_port}", key, witness.memory, witness)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def name_witnesses(world: World, *witnesses: tuple[str, VerifierKey], needed: int | None = None) -> None:
    """Have the log of `world` shown to these."""
    root = Signer.of_host(world.host, world.key_store.load(Role.ROOT))
    for at, (url, key) in enumerate(witnesses, start=1):
        count = needed if at == len(witnesses) else None
        with world.write() as connection:
            add_witness(connection, url, key.format(), root, world.clock(), needed=count, loopback=True)
