"""How long a service takes: to load its demonstration, and to answer once it is started again."""

from __future__ import annotations

import time

from bench.figures import Figure, seconds
from bench.servers import run_traceapp, serving_traceapp
from bench.worlds import environment, folder

LIMIT_SECONDS = 5


def main() -> list[Figure]:
    """From the command to the first answer, with everything there already."""
    with folder() as where:
        settings = environment(where)
        load = seconds(lambda: run_traceapp(["demo"], settings))
        _seconds_to_answer(settings)
        again = _seconds_to_answer(settings)
    return [
        Figure("serve, started again, answers", again, None, again, LIMIT_SECONDS, "s", at_most=True),
        Figure("demo loads", load, None, load, None, "s"),
    ]


def _seconds_to_answer(settings: dict[str, str]) -> float:
    begun = time.perf_counter()
    with serving_traceapp(settings):
        return time.perf_counter() - begun
