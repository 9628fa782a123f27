"""What is measured of a page that a browser shows."""

from __future__ import annotations

from functools import cache
from typing import Any

SMALLEST_TAP = 44
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
NARROW = {"width": 320, "height": 640}
"""The narrowest phone."""
TOUCHING = """[...document.querySelectorAll('.nav a')].flatMap((one, at, all) => {
  const [a, b] = [one, all[at + 1]].map((of) => {
    if (!of) return null;
    const words = document.createRange();
    words.selectNodeContents(of);
    return words.getBoundingClientRect();
  });
  return b && a.bottom > b.top && a.top < b.bottom && a.right + 4 > b.left ? [one.textContent] : [];
})"""
"""Ways on top of a page whose words touch those of the next."""
LARGE_LETTERS = "document.documentElement.style.fontSize = '200%'"
USUAL_LETTERS = "document.documentElement.style.fontSize = ''"


BROKEN = r"""(where) => {
  const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode, of = node.parentElement;
    if (!of.closest(where) || of.closest('.hide, .code, .number, .copyable, option, script')) continue;
    if (!of.getClientRects().length) continue;
    for (const word of node.data.matchAll(/[\p{L}\p{M}]{4,14}(?![\p{L}\p{M}@.])/gu)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].filter(one => one.width).map(one => Math.round(one.top)));
      if (lines.size > 1) found.push(word[0]);
    }
  }
  return found;
}"""
"""Words that go on in the next line though they could stand in one. The tests' browser knows no syllables, so that a
hyphen never helps it."""
ANYWHERE, IN_HEADINGS = "body", "h1, h2, h3, legend, .nav, .steps, .stage, .ways, .rows b"
"""Where words are whole on a narrow phone, and where with letters twice as large, too."""


def too_wide(page: Any) -> list[tuple[str, int, list[str], list[str]]]:
    """By how much a page runs over on the narrowest phone, and on a phone with letters twice as large; which words
    touch others there, and which are broken.
    """
    usual, found = page.viewport_size, []
    for which, size, letters, whole in (
        ("narrow", NARROW, USUAL_LETTERS, ANYWHERE),
        ("large letters", usual, LARGE_LETTERS, IN_HEADINGS),
    ):
        page.set_viewport_size(size)
        page.evaluate(letters)
        over, touching, broken = page.evaluate(OVERFLOW), page.evaluate(TOUCHING), page.evaluate(BROKEN, whole)
        if over > 0 or touching or broken:
            found.append((which, over, touching, broken))
    page.evaluate(USUAL_LETTERS)
    return found


HIDDEN_BUT_SEEN = """[...document.querySelectorAll('[hidden]')]
  .filter(one => one.getClientRects().length).map(one => one.outerHTML.slice(0, 90))"""
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
    """What axe-core finds wrong with the page as it is: each rule, with the first places that break it.

    Of letters it asks once in a process whether they can be read: for each colour, size and background.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    return _asked_of(page, {}, {"rules": {rule: {"enabled": False} for rule in OF_COLOUR}})


def barriers_in_the_dark(page: Any) -> list[tuple[str, list[str]]]:
    """The same once the page is dark, by the rules that look at colours; `barriers` comes first, in the light."""
    page.emulate_media(color_scheme="dark")
    found = _asked_of(page, {"runOnly": OF_COLOUR}, None)
    page.emulate_media(color_scheme="light")
    return found


def _asked_of(page: Any, all_: dict[str, Any], without_colours: dict[str, Any] | None) -> list[tuple[str, list[str]]]:
    shown = set(page.evaluate(_COLOURS))
    options = without_colours if shown <= _readable() else all_
    found = [] if options is None else _run_axe(page, options)
    if not found:
        _readable().update(shown)
    return found


_COLOURS = """() => {
  const behind = one => {
    const style = getComputedStyle(one);
    const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter].join();
    return own + (one.parentElement ? '>' + behind(one.parentElement) : '');
  };
  const shown = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (texts.currentNode.data.trim()) shown.add(texts.currentNode.parentElement);
  document.querySelectorAll('input, select, textarea').forEach(one => shown.add(one));
  return [...new Set([...shown].filter(one => one.getClientRects().length).map(one => {
    const style = getComputedStyle(one), around = getComputedStyle(one.parentElement);
    const left_out = one.closest(':disabled, [aria-disabled], [aria-hidden], label') !== null;
    return [one.tagName, left_out, style.color, style.fontSize, style.fontWeight, style.textShadow,
            style.textDecoration, style.border, around.color, behind(one)].join('|');
  }))];
}"""
"""Every colour of letters with what makes it easy or hard to read: their size, and each colour behind them."""


@cache
def _readable() -> set[str]:
    """Of those, what axe-core found good in this process."""
    return set()


def _run_axe(page: Any, options: dict[str, Any]) -> list[tuple[str, list[str]]]:
    found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **options})
    return [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found["violations"]]
