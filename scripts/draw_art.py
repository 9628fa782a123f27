"""Rasterise the demonstration's drawings: traceapp/demo/art/*.svg to 368 px WebP beside them."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browsers import CHROMIUM

ART = Path(__file__).parents[1] / "traceapp" / "demo" / "art"
PIXELS = 368


def main() -> None:
    """Draw each in a browser and keep what it shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": PIXELS, "height": PIXELS})
        for drawing in sorted(ART.glob("*.svg")):
            page.set_content(f'<body style="margin:0">{drawing.read_text("utf-8")}</body>')
            page.add_style_tag(content=f"svg{{display:block;width:{PIXELS}px;height:{PIXELS}px}}")
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            picture.save(drawing.with_suffix(".webp"), "WEBP", quality=82, method=6)
        browser.close()


if __name__ == "__main__":
    main()
