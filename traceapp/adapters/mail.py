"""Letters: written to the terminal unless a mail server is set."""

from __future__ import annotations

import smtplib
import ssl
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol
from urllib.parse import unquote, urlsplit

from traceapp.core.errors import Unavailable

SECONDS = 10


@dataclass(frozen=True, slots=True)
class Letter:
    """Plain text to one address.

    `reference` names the letter: sent once more, it has the same Message-ID, and mail programs show it once.
    `stop` is the address at which the reader wants no more of the kind.
    """

    to: str
    subject: str
    text: str
    reference: str = ""
    stop: str = ""


class Mailer(Protocol):
    """Whatever delivers letters."""

    def send(self, letter: Letter) -> None:
        """Deliver it; Unavailable where that cannot be done now."""
        ...


@dataclass(frozen=True, slots=True)
class ConsoleMailer:
    """Writes letters to the terminal of the service: for a trial, and where the operator hands links over by hand."""

    def send(self, letter: Letter) -> None:
        """Write it to standard error."""
        print(f"\nTo: {letter.to}\nSubject: {letter.subject}\n\n{letter.text}\n", file=sys.stderr, flush=True)  # noqa: T201


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """`smtp://user:password@host:587` (STARTTLS wherever a password is sent) or `smtps://…:465`."""

    url: str
    sender: str

    def send(self, letter: Letter) -> None:
        """Hand it to the server."""
        parts = urlsplit(self.url)
        try:
            with self._connect() as server:
                if parts.username:
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(self._message(letter))
        except (OSError, smtplib.SMTPException, UnicodeError) as cause:
            # The server's answer may repeat the address: its kind is enough.
            raise Unavailable(
                f"The mail server {parts.hostname} did not take the letter: {type(cause).__name__}."
            ) from cause

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, safe = parts.hostname or "", ssl.create_default_context()
        if parts.scheme == "smtps":
            return smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=safe)
        server = smtplib.SMTP(host, parts.port or 25, timeout=SECONDS)
        if parts.username:
            server.starttls(context=safe)
        return server

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, letter.to, letter.subject
        domain = self.sender.rpartition("@")[2] or None
        known = f"<{letter.reference}@{domain}>" if letter.reference else ""
        message["Date"], message["Message-ID"] = formatdate(), known or make_msgid(domain=domain)
        if letter.stop:
            # RFC 8058: mail programs show a button that asks for no more.
            message["List-Unsubscribe"] = f"<{letter.stop}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(letter.text)
        return message


def make_mailer(url: str | None, sender: str) -> Mailer:
    """The mailer that the settings ask for."""
    return SmtpMailer(url, sender) if url else ConsoleMailer()
