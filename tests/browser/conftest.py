"""What every test in a browser needs: something that serves pages."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from werkzeug.serving import make_server

from tests.web import page_app
from tests.web.serving import Served, served


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the pages of made-up facts."""
    server = make_server("127.0.0.1", 0, page_app.make_app(), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}/p"
    server.shutdown()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demonstration, served as `traceapp serve` does."""
    with served(tmp_path_factory.mktemp("service")) as running:
        yield running
