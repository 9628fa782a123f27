"""Which province a network is in, from a table that the operator provides: `network,province code` on each line.

Longest prefix wins. A network without a code is one whose place is not known, such as a mobile carrier's within a
larger one. The address that is looked up is kept nowhere.
"""

from __future__ import annotations

import socket
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from traceapp.core.errors import BadSettings
from traceapp.core.places import PROVINCES

SETTING = "TRACEAPP_IP_PROVINCES"
_TOLD_AT_MOST = 5

Networks = Iterable[tuple[IPv4Network | IPv6Network, str | None]]


class IpProvinces:
    """Looked up by halving: the table is cut into ranges that do not overlap, each with its inmost network's code."""

    def __init__(self, networks: Networks = ()) -> None:
        found = dict(networks)
        self._starts: dict[int, list[int]] = {}
        self._codes: dict[int, list[str | None]] = {}
        for version in (4, 6):
            ranges = _ranges([(net, code) for net, code in found.items() if net.version == version])
            self._starts[version] = [start for start, _ in ranges]
            self._codes[version] = [code for _, code in ranges]
        self._is_empty = not found

    def of(self, address: str) -> str | None:
        """The province's code; None where the table does not say, or where this is no address."""
        if self._is_empty:
            return None
        version, packed = _packed(address)
        at = bisect_right(self._starts[version], int.from_bytes(packed)) - 1 if packed else -1
        return self._codes[version][at] if at >= 0 else None


def load_ip_provinces(path: Path | None) -> IpProvinces:
    """The table in that file, an empty one without a file. BadSettings names the lines that cannot be read."""
    if path is None:
        return IpProvinces()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as cause:
        raise BadSettings(f"{SETTING} {path} cannot be read: {cause.strerror}.") from cause
    except UnicodeDecodeError as cause:
        raise BadSettings(f"{SETTING} {path} is no text in UTF-8.") from cause
    found: dict[IPv4Network | IPv6Network, str | None] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#") or (number == 1 and line.startswith("network,")):
            continue
        try:
            network, code = _line(line)
            if found.setdefault(network, code) != code:
                raise ValueError(f"{network} stands there twice, with another province")
        except ValueError as cause:
            problems.append(f"line {number}: {cause}")
    if problems:
        more = f"; and {len(problems) - _TOLD_AT_MOST} more" if len(problems) > _TOLD_AT_MOST else ""
        raise BadSettings(f"{SETTING} {path}: {'; '.join(problems[:_TOLD_AT_MOST])}{more}.")
    return IpProvinces(found.items())


def _line(line: str) -> tuple[IPv4Network | IPv6Network, str | None]:
    network, comma, code = (part.strip() for part in line.partition(","))
    if not comma:
        raise ValueError(f"{line[:60]!r} is not network,province")
    if code and code not in PROVINCES:
        raise ValueError(f"{code[:20]!r} is no province's code: use the two digits of one of the {len(PROVINCES)}")
    return ip_network(network), code or None


def _ranges(networks: Iterable[tuple[IPv4Network | IPv6Network, str | None]]) -> list[tuple[int, str | None]]:
    """(first address, code) of ranges in order; each lasts until the next begins."""
    inside: list[tuple[int, str | None]] = []
    cuts: dict[int, str | None] = {}
    # Outer networks come first, so that a cut made later at the same address is the inner one's.
    for network, code in sorted(networks, key=lambda one: (int(one[0].network_address), one[0].prefixlen)):
        first, last = int(network.network_address), int(network.broadcast_address)
        cuts.update(_closed(inside, first))
        cuts[first] = code
        inside.append((last, code))
    cuts.update(_closed(inside, None))
    return sorted(cuts.items())


def _closed(inside: list[tuple[int, str | None]], before: int | None) -> Iterator[tuple[int, str | None]]:
    """Cuts behind the networks that end before an address: there the one around them goes on."""
    while inside and (before is None or inside[-1][0] < before):
        last, _ = inside.pop()
        yield last + 1, inside[-1][1] if inside else None


def _packed(address: str) -> tuple[int, bytes]:
    for version, family in ((4, socket.AF_INET), (6, socket.AF_INET6)):
        try:
            packed = socket.inet_pton(family, address.partition("%")[0])
        except (OSError, ValueError):
            continue
        mapped = version == 6 and packed.startswith(bytes(10) + b"\xff\xff")
        return (4, packed[12:]) if mapped else (version, packed)
    return 4, b""
