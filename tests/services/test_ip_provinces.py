"""Which province a network is in: the operator's table, read at the start and looked up without keeping an address."""

from __future__ import annotations

import random
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from tests.services.cast import Cast
from traceapp.adapters.ip_provinces import IpProvinces, load_ip_provinces
from traceapp.app import create_app
from traceapp.config import Settings
from traceapp.core.errors import BadSettings
from traceapp.core.places import PROVINCES
from traceapp.services.world import World


def table(folder: Path, *lines: str) -> Path:
    path = folder / "provinces.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def refused(folder: Path, *lines: str) -> str:
    with pytest.raises(BadSettings) as caught:
        load_ip_provinces(table(folder, *lines))
    return str(caught.value)


def test_the_longest_prefix_wins(tmp_path: Path) -> None:
    found = load_ip_provinces(
        table(
            tmp_path,
            "network,province",
            "# who",
            "",
            "113.160.0.0/11,01",
            "113.170.0.0/16,79",
            " 113.170.5.0/24 , 92",
            "2001:ee0::/32,48",
            "2001:ee0:4000::/36,",
        )
    )
    assert found.of("113.160.0.1") == "01"
    assert found.of("113.170.0.1") == "79"
    assert found.of("113.170.5.200") == "92"
    assert found.of("113.170.6.0") == "79"
    assert found.of("113.171.0.0") == "01"
    assert found.of("::ffff:113.170.5.200") == "92"
    assert found.of("2001:ee0:1::1") == "48"
    assert found.of("2001:ee0:4fff::1%eth0") is None, "a network without a code is one whose place is not known"
    assert found.of("2001:ee0:5000::1") == "48"
    for outside in ("8.8.8.8", "255.255.255.255", "0.0.0.0", "::", "ffff::1", "", "unix:", "x" * 5000, "1.2.3"):
        assert found.of(outside) is None


def test_no_table_knows_no_place() -> None:
    assert load_ip_provinces(None).of("113.160.0.1") is None


def test_it_finds_what_looking_at_every_network_finds() -> None:
    dice, codes = random.Random(1), [*PROVINCES, None]
    networks = {}
    for _ in range(300):
        length = dice.randint(3, 12)
        networks[ip_network((dice.getrandbits(length) << (32 - length), length))] = dice.choice(codes)
    found = IpProvinces(networks.items())
    edges = [int(net.network_address) + step for net in networks for step in (-1, 0)]
    edges += [int(net.broadcast_address) + step for net in networks for step in (0, 1)]
    for number in edges:
        address = ip_address(max(0, min(number, 2**32 - 1)))
        around = [net for net in networks if address in net]
        wanted = networks[max(around, key=lambda net: net.prefixlen)] if around else None
        assert found.of(str(address)) == wanted


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("113.160.0.0/11", "line 2: '113.160.0.0/11' is not network,province"),
        ("113.160.0.0/11,", ""),
        ("113.160.0.0/11,99", "line 2: '99' is no province's code: use the two digits of one of the 34"),
        ("113.160.0.0/11,Hà Nội", "is no province's code"),
        ("113.160.0.1/11,01", "line 2: 113.160.0.1/11 has host bits set"),
        ("nowhere,01", "line 2: 'nowhere' does not appear to be an IPv4 or IPv6 network"),
        ("10.0.0.0/8,79", "line 2: 10.0.0.0/8 stands there twice, with another province"),
        ("113.160.0.0/11,01,79", "is no province's code"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str, told: str) -> None:
    if told:
        said = refused(tmp_path, "10.0.0.0/8,01", line)
        assert told in said
        assert said.startswith("TRACEAPP_IP_PROVINCES ")
    else:
        assert load_ip_provinces(table(tmp_path, "10.0.0.0/8,01", line)).of("113.160.0.1") is None


def test_many_bad_lines_are_counted(tmp_path: Path) -> None:
    said = refused(tmp_path, *["x"] * 9)
    assert "line 5:" in said
    assert "line 6:" not in said
    assert said.endswith("and 4 more.")


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="No such file"):
        load_ip_provinces(tmp_path / "none.csv")
    (tmp_path / "odd.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSettings, match="no text in UTF-8"):
        load_ip_provinces(tmp_path / "odd.csv")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_service_with_a_bad_table_does_not_start(cast: Cast, tmp_path: Path) -> None:
    settings = replace(cast.world.settings, ip_provinces=table(tmp_path, "113.160.0.0/11,00"))
    with pytest.raises(BadSettings, match="'00' is no province's code"):
        create_app(World(settings, clock=cast.world.clock))


def test_the_setting_is_a_path() -> None:
    assert Settings.from_env({}).ip_provinces is None
    assert Settings.from_env({"TRACEAPP_IP_PROVINCES": "p.csv"}).ip_provinces == Path("p.csv").absolute()
