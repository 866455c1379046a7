"""The page of a report in a real browser, headless Chromium: opened from disk, sorted, filtered, opened, in both themes."""

import base64
import json
import shutil

import pandas as pd
import pytest
from debian import lacking
from selenium import webdriver
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait
from synthetic import PAIRS, SMALL, write_results

from kage.launch.cli import main

QUIET = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update")  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Where the page is, and the folder of its tables."""
    root = write_results(tmp_path_factory.mktemp("browser"), SMALL)
    assert main(["report", str(root)]) == 0
    return (root / "report" / "index.html").as_uri(), root / "report"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """One browser for all tests."""
    if reason := lacking(["chromium", "chromedriver"], ["chromium", "chromium-driver"]):
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in (*QUIET, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium, page):
    """The page as a reader first sees it; afterwards, the console is empty and nothing but the page was fetched."""
    chromium.get_log("performance"), chromium.get_log("browser")
    resize(chromium, 1280)
    chromium.get(page[0])
    yield chromium
    assert chromium.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith("data:")] == [page[0]]
    chromium.execute_script("localStorage.clear()")


def resize(browser, width, height=900):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})


def find(browser, selector):
    return browser.find_element("css selector", selector)


def names(browser):
    """The pairs that are shown, in order."""
    return [it.text for it in browser.find_elements("css selector", "#pairs-table button.open") if it.is_displayed()]


def click(browser, element):
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


ALL = [pair for _, pair, *_ in PAIRS]


def test_a_header_sorts_by_its_numbers_and_back(browser, page):
    gaps = pd.read_csv(page[1] / "pairs.csv").query("metric == 'success_rate'").sort_values("gap").pair.tolist()
    assert names(browser) == ALL
    head = next(it for it in browser.find_elements("css selector", "#pairs-table thead th") if it.text.startswith("success\nΔ"))
    for order, expected in (("descending", gaps[::-1]), ("ascending", gaps)):
        click(browser, head.find_element("tag name", "button"))
        assert head.get_attribute("aria-sort") == order and names(browser) == expected
    click(browser, find(browser, "#pairs-table thead button"))
    assert names(browser) == ALL and head.get_attribute("aria-sort") == "none"


def test_a_row_opens_to_pictures_and_curves_and_moves_with_its_pair(browser):
    opener = find(browser, "#row-pair1 button.open")
    detail = find(browser, "#pair1")
    assert not detail.is_displayed()
    opener.send_keys("\ue007")  # Enter: all can be done from the keyboard
    assert detail.is_displayed() and opener.get_attribute("aria-expanded") == "true"
    images = detail.find_elements("tag name", "img")
    sizes = browser.execute_async_script("const done = arguments[1]; Promise.all(arguments[0].map((i) => i.decode())).then(() => done(arguments[0].map((i) => i.naturalWidth)))", images)
    assert sizes == [128, 128]
    charts = detail.find_elements("tag name", "svg")
    assert len(charts) == 4 and all(chart.size["width"] > 150 for chart in charts)
    click(browser, find(browser, "#pairs-table thead button"))
    click(browser, find(browser, "#pairs-table thead button"))
    assert names(browser) == ALL[::-1]
    assert browser.execute_script("return document.getElementById('row-pair1').nextElementSibling.id") == "pair1"
    click(browser, opener)
    assert not detail.is_displayed()


def test_filters_by_words_suite_and_warnings(browser):
    text, count = find(browser, "#find"), find(browser, "#count")
    text.send_keys("pink")
    assert names(browser) == ["agent_2"] and count.text == "1 of 5 shown"
    text.clear()
    text.send_keys("no such thing")
    assert names(browser) == [] and count.text == "0 of 5 shown"
    text.send_keys("\ue009a\ue009\ue017")  # all of it, deleted
    assert names(browser) == ALL
    Select(find(browser, "#suite")).select_by_visible_text("background")
    assert names(browser) == ["background_2", "background_3"]
    click(browser, find(browser, "#open-all"))
    assert [find(browser, f"#pair{i}").is_displayed() for i in range(5)] == [False, True, True, False, False]
    click(browser, find(browser, "#flagged"))
    assert names(browser) == [] and not find(browser, "#pair1").is_displayed()


def test_the_theme_follows_the_system_until_the_reader_chooses(browser, page):
    paper = lambda: browser.execute_script("return getComputedStyle(document.body).backgroundColor")  # noqa: E731
    for system in ("light", "dark"):
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": system}]})
        # the page hears of the system's change a moment later
        theme = f"#theme[aria-pressed={str(system == 'dark').lower()}]"
        WebDriverWait(browser, 10).until(lambda browser, theme=theme: browser.find_elements("css selector", theme))
    dark = paper()
    click(browser, find(browser, "#theme"))
    light = paper()
    assert light == "rgb(255, 255, 255)" != dark and find(browser, "#theme").get_attribute("aria-pressed") == "false"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_phone_never_scrolls_the_page_sideways(browser):
    resize(browser, 360)
    click(browser, find(browser, "#open-all"))
    assert browser.execute_script("return document.documentElement.scrollWidth") == 360
    find(browser, "#pair0 svg").screenshot_as_png  # noqa: B018, raises if it is not drawn


def test_everything_has_a_name_for_screen_readers(browser):
    click(browser, find(browser, "#open-all"))
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    told = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    roles = {role for role, _ in told}
    assert {"button", "columnheader", "rowheader", "searchbox", "table", "heading"} <= roles
    assert [] == [role for role, name in told if role in ("button", "link", "image", "img", "checkbox", "combobox", "searchbox", "heading") and not name]


def test_it_prints(browser):
    click(browser, find(browser, "#open-all"))
    printed = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert printed.startswith(b"%PDF") and len(printed) > 50_000


def test_a_phone_shows_names_and_gaps_without_scrolling(browser):
    resize(browser, 420)
    for table in ("suites-table", "pairs-table"):
        shown = [it for it in browser.find_elements("css selector", f"#{table} thead th") if it.text.strip().endswith(("Δ", "Δ %"))]
        assert len(shown) >= 3 and all(it.rect["x"] + it.rect["width"] <= 420 for it in shown)


def test_paper_shows_every_row_and_section_open_and_the_screen_is_as_before(browser):
    closed = "return [document.querySelectorAll('tr.detail[hidden]').length, document.querySelectorAll('details:not([open])').length]"
    before = browser.execute_script(closed)
    assert before[0] == len(ALL)
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script(closed) == [0, 0]
    assert browser.execute_script("return [...document.querySelectorAll('tr.detail img')].every((it) => it.src)")
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(closed) == before
