"""Settings: read once from the environment, frozen, every problem reported in one message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from traceapp.core.errors import BadSettings

_HOST = re.compile(
    r"(?=.{1,253}(?::\d{1,5})?\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*(?::\d{1,5})?\Z"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the README's table."""

    name: str
    meaning: str
    default: str


SETTINGS = (
    Setting("TRACEAPP_DATA_DIR", "folder of the database, uploads, published log state and jobs", "`data`"),
    Setting("TRACEAPP_KEYS_DIR", "folder of the private keys, readable by their owner only", "`keys`"),
    Setting("TRACEAPP_KEY_PASSPHRASE", "passphrase of the private keys", "none: keys lie unencrypted"),
    Setting("TRACEAPP_KEY_PASSPHRASE_FILE", "file that holds the passphrase", "none"),
    Setting("TRACEAPP_DATABASE_URL", "`sqlite:///…` or `postgresql://…`", "`traceapp.db` in the data folder"),
    Setting(
        "TRACEAPP_IDENTITY",
        "the service's lasting DNS name, with a port where it has one; fixed by `init`",
        "`traceapp.localhost`",
    ),
    Setting("TRACEAPP_BASE_URL", "address that labels and links carry", "`https://` and the identity"),
    Setting("TRACEAPP_TRUSTED_PROXIES", "how many proxies in front may set X-Forwarded-For", "`0`"),
    Setting(
        "TRACEAPP_IP_PROVINCES",
        "CSV of `network,province code`, to tell the province of a scan; leave mobile networks out",
        "none: only what visitors say",
    ),
    Setting("TRACEAPP_WITNESS_SECONDS", "how long a checkpoint waits for its witnesses before it is published", "`5`"),
    Setting(
        "TRACEAPP_WITNESS_LOOPBACK",
        "`yes` lets witnesses stand on this machine, for tests and demonstrations",
        "none: public https addresses only",
    ),
    Setting(
        "TRACEAPP_QUEUE_URL",
        "`redis://…` of the queue that wakes workers up, beyond one machine",
        "`queue.db` in the data folder",
    ),
    Setting(
        "TRACEAPP_MAIL_URL",
        "mail server: `smtp://user:password@host:587` or `smtps://…:465`; percent-encode odd characters",
        "none: letters are written to the terminal",
    ),
    Setting("TRACEAPP_MAIL_URL_FILE", "file that holds that address", "none"),
    Setting("TRACEAPP_MAIL_FROM", "sender of letters", "`traceapp@` and the identity"),
    Setting("PORT", "port that `traceapp serve` listens on", "`8000`"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides. `base_url` has no trailing slash."""

    data_dir: Path
    keys_dir: Path
    identity: str
    base_url: str
    database_url: str
    trusted_proxies: int = 0
    port: int = 8000
    ip_provinces: Path | None = None
    witness_seconds: int = 5
    witness_loopback: bool = False
    queue_url: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    mail_url: str | None = field(default=None, repr=False)
    mail_from: str = "traceapp@localhost"

    @property
    def base_host(self) -> str:
        """The host that labels carry, in lower case, with its port."""
        return urlsplit(self.base_url).netloc.lower()

    @property
    def is_local_only(self) -> bool:
        """Whether addresses that labels carry open on this machine alone."""
        name = urlsplit(self.base_url).hostname or ""
        return name in ("localhost", "::1") or name.endswith(".localhost") or name.startswith("127.")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read and check all settings; BadSettings lists every problem at once."""
        problems: list[str] = []
        data_dir = Path(env.get("TRACEAPP_DATA_DIR") or "data").absolute()
        identity = _identity(env.get("TRACEAPP_IDENTITY") or "traceapp.localhost", problems)
        settings = cls(
            data_dir=data_dir,
            keys_dir=Path(env.get("TRACEAPP_KEYS_DIR") or "keys").absolute(),
            identity=identity,
            base_url=_base_url(env.get("TRACEAPP_BASE_URL") or f"https://{identity}", problems),
            database_url=_database_url(env.get("TRACEAPP_DATABASE_URL"), data_dir, problems),
            trusted_proxies=_number(env, "TRACEAPP_TRUSTED_PROXIES", 0, 0, 10, problems),
            port=_number(env, "PORT", 8000, 1, 65535, problems),
            ip_provinces=Path(table).absolute() if (table := env.get("TRACEAPP_IP_PROVINCES")) else None,
            witness_seconds=_number(env, "TRACEAPP_WITNESS_SECONDS", 5, 1, 60, problems),
            witness_loopback=_yes(env, "TRACEAPP_WITNESS_LOOPBACK", problems),
            queue_url=_queue_url(env.get("TRACEAPP_QUEUE_URL"), problems),
            passphrase=_secret(env, "TRACEAPP_KEY_PASSPHRASE", "the passphrase", problems),
            mail_url=_mail_url(env, problems),
            mail_from=_mail_from(env, identity, problems),
        )
        if problems:
            raise BadSettings(" ".join(problems))
        return settings


def _identity(text: str, problems: list[str]) -> str:
    host = text.lower()
    if not _is_host(host):
        problems.append(f"TRACEAPP_IDENTITY is {text!r}: use a DNS name, never an address, without https://.")
    return host


def _is_host(host: str) -> bool:
    """Whether it is a DNS name in lower case, with a port or without, and no IP address."""
    name, _, port = host.partition(":")
    return bool(_HOST.match(host)) and not _is_address(name) and (not port or 0 < int(port) < 65536)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _base_url(text: str, problems: list[str]) -> str:
    scheme, _, rest = text.partition("://")
    host = rest.removesuffix("/").lower()
    try:
        parts = urlsplit(f"https://{host}")
        address = parts.netloc == host and _is_address(parts.hostname or "") and parts.port != 0
    except ValueError:
        address = False
    if scheme.lower() not in ("http", "https") or not (address or _is_host(host)):
        problems.append(f"TRACEAPP_BASE_URL is {text!r}: use https://host or http://host:port and no path.")
    return f"{scheme.lower()}://{host}"


def label_host(text: str) -> str:
    """The host of addresses that labels may carry, as TRACEAPP_BASE_URL takes it; BadSettings for what is none."""
    problems: list[str] = []
    found = _base_url(f"https://{text}", problems).removeprefix("https://")
    if problems:
        raise BadSettings(f"{text[:80]!r} is no host: write it without https:// and without a path.")
    return found


def _database_url(text: str | None, data_dir: Path, problems: list[str]) -> str:
    url = text or f"sqlite:///{data_dir / 'traceapp.db'}"
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        problems.append("TRACEAPP_DATABASE_URL starts with neither sqlite:/// nor postgresql://.")
    elif url.removeprefix("sqlite:///") in ("", ":memory:"):
        problems.append("TRACEAPP_DATABASE_URL names no file: write sqlite:////folder/traceapp.db.")
    elif not _is_readable(url) or urlsplit(url).netloc.count("@") > 1:
        # What stands behind the first @ is read as the host, and errors would show it.
        problems.append("TRACEAPP_DATABASE_URL cannot be read: percent-encode odd characters of its password.")
    return url


def _queue_url(text: str | None, problems: list[str]) -> str | None:
    if text and not (text.startswith(("redis://", "rediss://", "unix://")) and _is_readable(text)):
        # Without the address: it may hold a password.
        problems.append("TRACEAPP_QUEUE_URL is no address of a Redis server: use redis://host:6379/0, or leave it out.")
    return text or None


def _is_readable(url: str) -> bool:
    try:
        return url.startswith("sqlite") or urlsplit(url).port != 0
    except ValueError:
        return False


def _number(env: Mapping[str, str], name: str, default: int, least: int, most: int, problems: list[str]) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        problems.append(f"{name} is {text[:40]!r}: use a number from {least} to {most}.")
        return default
    return int(text)


def _yes(env: Mapping[str, str], name: str, problems: list[str]) -> bool:
    text = env.get(name) or ""
    if text not in ("", "yes"):
        problems.append(f"{name} is {text[:40]!r}: say yes, or leave it out.")
    return text == "yes"


def _secret(env: Mapping[str, str], name: str, what: str, problems: list[str]) -> str | None:
    """A secret, given itself or in a file of its own."""
    direct, file = env.get(name), env.get(f"{name}_FILE")
    if direct and file:
        problems.append(f"{name} and {name}_FILE are both set: keep one.")
    if not file:
        return direct or None
    try:
        found = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as cause:
        problems.append(f"{name}_FILE {file} cannot be read: {cause.strerror}.")
        return None
    except UnicodeDecodeError:
        problems.append(f"{name}_FILE {file} holds no text: write {what} in UTF-8.")
        return None
    if not found:
        problems.append(f"{name}_FILE {file} is empty: write {what} into it.")
    return found or None


def _mail_url(env: Mapping[str, str], problems: list[str]) -> str | None:
    url = _secret(env, "TRACEAPP_MAIL_URL", "the mail server's address", problems)
    try:
        parts = urlsplit(url or "smtp://localhost")
        readable = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        readable = False
    if not readable:
        # It may hold a password: it is not repeated.
        problems.append("TRACEAPP_MAIL_URL cannot be read: write smtp://host:25 or smtps://user:password@host:465.")
    return url


def _mail_from(env: Mapping[str, str], identity: str, problems: list[str]) -> str:
    sender = env.get("TRACEAPP_MAIL_FROM") or f"traceapp@{identity.partition(':')[0]}"
    if not re.fullmatch(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+", sender):
        problems.append(f"TRACEAPP_MAIL_FROM is {sender[:60]!r}: write one address such as traceapp@example.vn.")
    return sender
