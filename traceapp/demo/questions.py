"""A question that somebody asked about the demonstration's fish sauce, and its maker's answer five hours later."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from traceapp.core.digital_link import parse_path
from traceapp.services.messages.inbox import Letter, answer, ask

LOT = "VS2609A"
_WORDS = "Mở nắp rồi thì để được bao lâu, có cần cất tủ lạnh không?"
_REPLY = "Để nơi mát dùng trong một năm. Cất tủ lạnh thì đáy chai có thể đọng hạt muối, không sao."
_TOOK = timedelta(hours=5)


def load_question(connection: Connection, lot: str, producer: str, host: str, now: datetime) -> None:
    """Ask about `lot` and let its producer answer, through the same services as everybody."""
    identity = parse_path(lot.removeprefix(f"https://{host}")).identity
    if identity is None:
        raise ValueError(f"{lot} names no lot")
    letter = Letter(identity, _WORDS, "vi", form=b"demonstration")
    reference = ask(connection, letter, host, now - _TOOK)
    answer(connection, reference, _REPLY, producer, now)
