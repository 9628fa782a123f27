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

COVERED = """() => {
  const sticks = (one) => ['sticky', 'fixed'].includes(getComputedStyle(one).position);
  const sticking = [...document.querySelectorAll('body *')].filter(sticks);
  if (!sticking.length) return [];
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const fields = [...document.querySelectorAll('main :is(input:not([type=hidden]), select, textarea, summary)')];
  return fields.filter((field) => {
    field.focus();
    if (document.activeElement !== field) return false;
    const box = field.getBoundingClientRect();
    return sticking.some((one) => sticks(one) && !one.contains(field) && over(box, one.getBoundingClientRect()));
  }).map((field) => field.outerHTML.slice(0, 90));
}"""
"""Fields that something which sticks to an edge of the screen lies over once they are chosen."""


OF_COLOUR = ["color-contrast", "link-in-text-block"]
"""Those of axe-core's rules whose outcome a colour scheme can change."""


def barriers(page: Any, axe: str) -> list[tuple[str, list[str]]]:
    """What axe-core finds wrong with the page as it is: each rule, with the first places that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    return _run_axe(page, {})


def barriers_in_the_dark(page: Any) -> list[tuple[str, list[str]]]:
    """The same once the page is dark, by the rules that look at colours; `barriers` comes first, in the light."""
    page.emulate_media(color_scheme="dark")
    found = _run_axe(page, {"runOnly": OF_COLOUR})
    page.emulate_media(color_scheme="light")
    return found


def _run_axe(page: Any, options: dict[str, Any]) -> list[tuple[str, list[str]]]:
    found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **options})
    return [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found["violations"]]
