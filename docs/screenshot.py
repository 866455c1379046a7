"""The picture of the report in the README: the top of a page in headless Chromium, with one pair opened.

    python docs/screenshot.py outputs/demo/report/index.html docs/report.png
"""

import shutil
import sys
from pathlib import Path

from selenium import webdriver

WIDTH, HEIGHT, PAIR = 1220, 2010, "background_2"
OPEN = """[...document.querySelectorAll('#pairs-table button.open')]
          .find((it) => it.textContent.includes(arguments[0])).click()"""


def main(page: str, to: str) -> None:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
        options.add_argument(flag)
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver"))) as browser:
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get(Path(page).resolve().as_uri())
        browser.execute_script(OPEN, PAIR)
        browser.save_screenshot(to)


if __name__ == "__main__":
    main(*sys.argv[1:])
