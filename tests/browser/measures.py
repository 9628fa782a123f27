"""What is measured of a page that a browser shows."""

from __future__ import annotations

from typing import Any

SMALLEST_TAP = 44
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL_TARGETS = f"""[...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]
  .map(one => [one.outerHTML.slice(0, 90), one.getBoundingClientRect(), one.className])
  .filter(([, box, kind]) => box.width && kind !== 'skip')
  .filter(([, box]) => box.height < {SMALLEST_TAP} || box.width < {SMALLEST_TAP})
  .map(([html, box]) => html + ' ' + box.width + 'x' + box.height)"""


def barriers(page: Any, axe: str) -> list[tuple[str, list[str]]]:
    """What axe-core finds wrong with the page as it is: each rule, with the first places that break it."""
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]
