"""Settings: read once, checked wholly, every problem told at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from traceapp.config import SETTINGS, Settings
from traceapp.core.errors import BadSettings


def read(**env: str) -> Settings:
    return Settings.from_env({f"TRACEAPP_{name}" if name != "PORT" else name: value for name, value in env.items()})


def problem(**env: str) -> str:
    with pytest.raises(BadSettings) as caught:
        read(**env)
    return str(caught.value)


def test_nothing_set_is_a_service_of_this_machine() -> None:
    settings = Settings.from_env({})
    assert settings.identity == "traceapp.localhost"
    assert settings.base_url == "https://traceapp.localhost"
    assert settings.data_dir == Path("data").absolute()
    assert settings.keys_dir == Path("keys").absolute()
    assert settings.database_url == f"sqlite:///{Path('data').absolute()}/traceapp.db"
    assert (settings.trusted_proxies, settings.port, settings.passphrase) == (0, 8000, None)


def test_an_empty_value_is_none() -> None:
    assert Settings.from_env({setting.name: "" for setting in SETTINGS}) == Settings.from_env({})


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read().port = 1  # type: ignore[misc]


def test_a_passphrase_is_never_shown() -> None:
    assert "mật khẩu" not in repr(read(KEY_PASSPHRASE="mật khẩu"))


@pytest.mark.parametrize("host", ["id.example.vn", "ID.Example.VN", "localhost", "a-b.vn:8443", "xn--trc-0ma.vn"])
def test_a_dns_name_is_an_identity_in_lower_case(host: str) -> None:
    assert read(IDENTITY=host).identity == host.lower()


@pytest.mark.parametrize(
    "host",
    [
        "https://id.example.vn",
        "192.168.1.7",
        "192.168.1.7:8000",
        "[::1]",
        "[::1]:8000",
        "::1",
        "id.example.vn/",
        "id example.vn",
        "-a.vn",
        "a..vn",
        ".vn",
        "a.vn.",
        "a.vn:port",
        "a.vn:",
        "a.vn:99999",
        "user@a.vn",
        "trà.vn",
        "a" * 64 + ".vn",
        "a.vn\n",
    ],
)
def test_what_is_no_lasting_name_is_no_identity(host: str) -> None:
    assert "TRACEAPP_IDENTITY is" in problem(IDENTITY=host)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://Tem.Example.vn/", "https://tem.example.vn"),
        ("http://192.168.1.7:8000", "http://192.168.1.7:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_base_url_is_kept_without_its_slash_in_lower_case(url: str, kept: str) -> None:
    assert read(BASE_URL=url).base_url == kept
    assert read(BASE_URL=url).base_host == kept.partition("://")[2]


@pytest.mark.parametrize(
    "url",
    [
        "id.example.vn",
        "ftp://id.example.vn",
        "https://",
        "https://a.vn/path",
        "https://a.vn?x=1",
        "https://a.vn#x",
        "https://user@a.vn",
        "https://:secret@a.vn",
        "https://a.vn:0",
        "https://a.vn:99999",
        "https://a.vn:port",
        "https://[::1",
        "https://a b.vn",
        "https://a_b.vn",
        "https://trà.vn",
        'https://a.vn">',
    ],
)
def test_what_labels_could_not_carry_is_no_base_url(url: str) -> None:
    assert "TRACEAPP_BASE_URL is" in problem(BASE_URL=url)


def test_a_database_is_sqlite_or_postgresql() -> None:
    assert read(DATABASE_URL="postgres://u@h/d").database_url == "postgresql://u@h/d"
    for url in ("postgresql://u@h/d", "postgresql+psycopg://u@h/d", "sqlite:////var/lib/x.db"):
        assert read(DATABASE_URL=url).database_url == url
    for url in ("mysql://u@h/d", "sqlite://", "/var/lib/x.db", "x"):
        assert "TRACEAPP_DATABASE_URL" in problem(DATABASE_URL=url)


def test_a_wrong_database_address_is_told_without_its_password() -> None:
    assert "secret" not in problem(DATABASE_URL="mysql://user:secret@h/d")


def test_a_database_address_that_nobody_can_read_is_told() -> None:
    for url in ("postgresql://u@h:port/d", "postgresql://[/d"):
        assert "TRACEAPP_DATABASE_URL" in problem(DATABASE_URL=url)


@pytest.mark.parametrize("value", ["-1", "11", "1.0", "one", "０", " 1", "99999999999999999999"])
def test_a_number_is_a_number_in_its_range(value: str) -> None:
    assert "TRACEAPP_TRUSTED_PROXIES is" in problem(TRUSTED_PROXIES=value)
    assert "PORT is" in problem(PORT=value if value not in ("11",) else "0")


def test_a_port_and_proxies_are_read() -> None:
    settings = read(PORT="8443", TRUSTED_PROXIES="2")
    assert (settings.port, settings.trusted_proxies) == (8443, 2)


def test_a_passphrase_comes_from_its_file_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes("một câu dài \r\n".encode())
    assert read(KEY_PASSPHRASE_FILE=str(tmp_path / "p")).passphrase == "một câu dài "


def test_a_passphrase_file_that_gives_none_is_told(tmp_path: Path) -> None:
    """Otherwise keys would lie unencrypted, and nobody would have said so."""
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("none", "empty", "binary", "."):
        assert "TRACEAPP_KEY_PASSPHRASE_FILE" in problem(KEY_PASSPHRASE_FILE=str(tmp_path / name))


def test_two_passphrases_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("x")
    said = problem(KEY_PASSPHRASE="y", KEY_PASSPHRASE_FILE=str(tmp_path / "p"))
    assert "both set: keep one" in said


def test_all_problems_are_told_in_one_message(tmp_path: Path) -> None:
    said = problem(
        IDENTITY="https://x",
        BASE_URL="x",
        DATABASE_URL="x",
        TRUSTED_PROXIES="x",
        PORT="x",
        KEY_PASSPHRASE_FILE=str(tmp_path / "none"),
    )
    for name in ("IDENTITY", "BASE_URL", "DATABASE_URL", "TRUSTED_PROXIES", "PORT", "KEY_PASSPHRASE_FILE"):
        assert name in said
    assert "\n" not in said


def test_every_setting_is_described_once() -> None:
    names = [setting.name for setting in SETTINGS]
    assert len(set(names)) == len(names) > 10
    assert all(setting.meaning and setting.default for setting in SETTINGS)
