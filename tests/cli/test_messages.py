"""`traceapp messages`: whoever answers sees all of it, and what is erased is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Service
from tests.pictures import opened, scene, written
from traceapp.adapters.photos import reencode
from traceapp.core.digital_link import Identity, parse_path
from traceapp.services.messages import inbox as messages
from traceapp.services.messages.inbox import Letter

LOT = "/01/09520000000127/10/DM2610B"
WORDS = "Chè này pha nước bao nhiêu độ?"


def identity(path: str = LOT) -> Identity:
    found = parse_path(path).identity
    assert found is not None
    return found


def send(service: Service, words: str = WORDS, *, path: str = LOT, report: bool = False, **more: object) -> str:
    """A message five hours old, as the form leaves it."""
    world = service.world
    letter = Letter(**{"identity": identity(path), "words": words, "lang": "vi", "form": words.encode(), **more})  # type: ignore[arg-type]
    with world.write_aside() as connection:
        keep = messages.report if report else messages.ask
        reference = keep(connection, letter, world.host, world.clock() - timedelta(hours=5, minutes=3))
    world.engine.dispose()
    return reference


def test_what_waits_is_listed_with_why_it_is_held(service: Service) -> None:
    assert service.said("messages", "list") == "Nothing waits for an answer.\n"
    assert service.said("messages", "list", "--all").count("question, answered") == 1, "the demonstration's own"
    plain, linked = send(service), send(service, "Mua ở https://evil.example nhé")
    said = service.said("messages", "list").splitlines()
    assert [line.split()[0] for line in said[::2]] == [plain, linked]
    assert said[0].endswith(f"question, new  {LOT}") and said[1].strip() == WORDS
    assert "question, held (it holds a link)" in said[2]
    service.said("messages", "refuse", plain, "Không trả lời được.")
    assert plain not in service.said("messages", "list")
    assert f"{plain}  " in service.said("messages", "list", "--all")


def test_a_question_is_read_answered_and_shown_with_how_long_it_took(service: Service, tmp_path: Path) -> None:
    photo = reencode(written(scene(400, 300)), widths=(1104,), least_edge=200, sharp=False).variants[0].data
    reference = send(service, contact="0912 345 678", photo=photo)
    file = tmp_path / "photo.webp"
    said = service.said("messages", "show", reference.lower(), "--photo", file)
    for words in (f"{reference}: question, new", "Contact: 0912 345 678", "Photo: ", WORDS, "About: https://", LOT):
        assert words in said
    assert opened(file.read_bytes()).size == (400, 300)
    assert f"it shows on https://id.example.vn{LOT}" in service.said("messages", "answer", reference, "80 độ.")
    world = service.world
    with world.read() as connection:
        (shown,) = messages.answered_of(connection, world.host, identity())
        found = messages.find(connection, reference)
    assert shown.reply == "80 độ." and (shown.closed - shown.sent) >= timedelta(hours=5)
    assert found.closed_by and found.closed_by.startswith("https://id.example.vn/id/")
    assert "answered: 80 độ." in service.said("messages", "show", reference)
    service.said("log", "check")


def test_a_private_answer_and_a_report_stay_off_the_page(service: Service) -> None:
    question, report = send(service), send(service, "Tem bị bóc.", report=True)
    for reference, option in ((question, ["--private"]), (report, [])):
        assert "only its sender sees it" in service.said("messages", "answer", reference, "Cảm ơn.", *option)
    stranger = send(service, "Ở đâu ra?", path="/01/00000000000017", report=True)
    assert "only its sender sees it" in service.said("messages", "answer", stranger, "Không phải của chúng tôi.")


def test_contact_and_photo_are_erased_and_then_all_of_it(service: Service) -> None:
    reference = send(service, contact="0912 345 678", photo=b"RIFF")
    assert "contact and photo are erased" in service.said("messages", "erase", reference)
    said = service.said("messages", "show", reference)
    assert "Contact: none given" in said and "Photo: none" in said and WORDS in said
    assert "everything is erased" in service.said("messages", "erase", reference, "--all")
    assert "There is no message" in service.refused("messages", "show", reference)


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("show", "nowhere"), "There is no message 'nowhere': look at its number again"),
        (("answer", "nowhere", "x"), "There is no message"),
        (("refuse", "nowhere", "x"), "There is no message"),
        (("erase", "nowhere"), "There is no message"),
    ],
)
def test_an_unknown_number_is_refused(service: Service, command: tuple[str, ...], words: str) -> None:
    assert words in service.refused("messages", *command)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_empty_answer_a_second_one_and_a_missing_photo_are_refused(service: Service, tmp_path: Path) -> None:
    reference = send(service)
    assert "write 1 to 2000" in service.refused("messages", "answer", reference, "  ")
    service.said("messages", "answer", reference, "80 độ.")
    assert "answered already: refuse it first" in service.refused("messages", "answer", reference, "90 độ.")
    file = tmp_path / "none.webp"
    assert "has no photo" in service.refused("messages", "show", reference, "--photo", file)
    assert not file.exists()
    assert "Nothing is held" in service.refused("messages", "erase", reference)
