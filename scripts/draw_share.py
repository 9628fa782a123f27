"""Draw the picture that chat apps show beside a link to a page without one: traceapp/static/share.png."""

from __future__ import annotations

import io
import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browsers import CHROMIUM

STATIC = Path(__file__).parents[1] / "traceapp" / "static"
WIDTH, HEIGHT = 1200, 630
COLOURS = 32
PAGE = """<style>
body {{ margin: 0; width: {width}px; height: {height}px; background: #2b1d13; color: #faf4e6; display: grid;
  place-content: center; justify-items: center; gap: 28px; font: 600 104px/1.3 "Noto Serif", "DejaVu Serif", serif }}
svg {{ width: 220px; height: 220px }}
p {{ margin: 0 }}
.small {{ font-size: 44px; font-weight: 400 }}
</style><body>{mark}<p>traceapp</p><p class="small">Quét tem, biết nguồn gốc</p></body>"""


def main() -> None:
    """Draw it in a browser, in few colours."""
    mark = re.sub(r'<rect width="32"[^>]*/>', "", (STATIC / "favicon.svg").read_text("utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_content(PAGE.format(width=WIDTH, height=HEIGHT, mark=mark))
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        browser.close()
    picture.quantize(COLOURS).save(STATIC / "share.png", optimize=True)


if __name__ == "__main__":
    main()
