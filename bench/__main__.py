"""`python -m bench [NAME …]`: a table of figures; exit status 1 where a limit is missed."""

from __future__ import annotations

import sys
import time
from importlib import import_module

from bench.figures import Figure

BENCHES = (
    "capture",
    "pages",
    "portal",
    "verify",
    "log",
    "wire",
    "copies",
    "start",
    "search",
    "trace",
    "lighthouse",
    "labels",
    "inspect",
    "imports",
)
ONLY_BY_NAME = ("postgresql", "million", "trust")
"""They take minutes."""
_ROW = "{:36} {:>12} {:>12} {:>8} {:>8}  {}"


def main(names: list[str]) -> int:
    """Run the benches of these names, or all that take seconds."""
    if unknown := set(names) - {*BENCHES, *ONLY_BY_NAME}:
        print(
            f"There is no bench {', '.join(sorted(unknown))}: {', '.join((*BENCHES, *ONLY_BY_NAME))}.", file=sys.stderr
        )
        return 2
    begun, missed = time.monotonic(), 0
    print(_ROW.format("figure", "ours", "floor", "ratio", "limit", "each round: ours / floor = ratio"))
    for name in names or BENCHES:
        for figure in import_module(f"bench.{name}").main():
            print(_row(figure), flush=True)
            missed += not figure.is_met
    print(f"{missed} limits missed, {time.monotonic() - begun:.0f} s")
    return 1 if missed else 0


def _row(figure: Figure) -> str:
    floor = "" if figure.floor is None else f"{figure.floor:,.1f}"
    ratio = "" if figure.floor is None else f"{figure.ratio:.2f}"
    limit = "" if figure.limit is None else f"{'≤' if figure.at_most else '≥'} {figure.limit:g}"
    rounds = ("" if figure.is_met else "MISSED  ") + "; ".join(figure.raw)
    return _ROW.format(figure.name, f"{figure.ours:,.1f} {figure.unit}", floor, ratio, limit, rounds).rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
