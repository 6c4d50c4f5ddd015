"""The page in a headless Chromium: opens without a complaint, sorts, filters, steps, reads cells, changes its theme."""

import struct

import numpy as np
import pandas as pd
import pytest
from reporting.browser import find_browser, opened_browser

import synthfast

pytestmark = pytest.mark.skipif(find_browser() is None, reason="there is no Chromium")


def table(seed, n=400):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    frame = pd.DataFrame({f"number {k}": x + rng.normal(size=n) for k in range(12)})
    frame["level"] = rng.choice(["a", "b", "c"], n)
    frame["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D")
    return frame


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    synthetic = table(1)
    synthetic["number 7"] *= 2.0
    synthfast.evaluate(table(0), synthetic, holdout=table(2)).to_html(path)
    return path


@pytest.fixture(scope="module")
def browser():
    with opened_browser() as page:
        yield page


@pytest.fixture
def page(browser, path):
    browser.troubles.clear()
    browser.open(path)
    yield browser
    assert browser.troubles == []  # nothing thrown, refused by the policy, or asked of the network


FIRST = "document.querySelector('#table tbody tr:not([hidden]) th').textContent"
SHOWN = "[...document.querySelectorAll('figure')].filter(f => f.offsetParent).map(f => f.id)"
HEAD = "#table thead th:nth-child({}) button"


def cells(page, place):
    return page.run(f"[...document.querySelectorAll('#table tbody tr')].map(r => r.cells[{place}].textContent)")


def test_it_opens_on_the_worst_column(page):
    assert page.run(FIRST) == "number 7"
    assert page.run(SHOWN) == ["column-0"]
    assert page.run("document.documentElement.scrollWidth") <= 1400


def test_headings_sort_both_ways(page):
    by_default = cells(page, 3)
    page.click(HEAD.format(4))
    down = list(map(float, cells(page, 3)))
    assert down == sorted(map(float, by_default), reverse=True)
    assert page.run("document.querySelector('#table thead th:nth-child(4)').getAttribute('aria-sort')") == "descending"
    assert page.run("document.getElementById('said').textContent") == "Sorted by Distance, descending."
    page.click(HEAD.format(4))
    assert list(map(float, cells(page, 3))) == down[::-1]
    page.click(HEAD.format(1))
    names = cells(page, 0)
    assert names[:3] == ["level", "number 0", "number 1"]
    assert names[-3:] == ["number 10", "number 11", "when"]  # numbers in names count as numbers
    assert page.run("document.querySelectorAll('[aria-sort]').length") == 1


def test_the_keyboard_sorts_too(page):
    page.run("document.querySelector('#table thead th button').focus()")
    page.press("Enter")
    assert page.run(FIRST) == "level"
    page.press("Tab")
    assert page.run("document.activeElement.textContent") == "Kind"


def test_a_row_leads_to_its_figure_and_back(page):
    page.click("#table tbody tr:nth-child(3) a")
    key = page.run("document.querySelector('#table tbody tr:nth-child(3)').dataset.figure")
    assert page.run(SHOWN) == [key]
    assert page.run("location.hash") == f"#{key}"
    assert page.run("document.activeElement.id") == key
    page.click("#table tbody tr:nth-child(5) td:nth-child(4)")
    assert page.run(SHOWN) == [page.run("document.querySelector('#table tbody tr:nth-child(5)').dataset.figure")]
    page.run("history.back()")
    page.run("new Promise(done => setTimeout(done, 200))")
    page.click("#after")
    assert len(page.run(SHOWN)) == 1


def test_steps_go_round_the_rows_that_are_shown(page):
    page.run("(() => { const f = document.getElementById('filter'); f.value = 'NUMBER 1';"
             " f.dispatchEvent(new Event('input')); })()")  # fmt: skip
    assert page.run("document.getElementById('said').textContent") == "3 of 14 columns"
    seen = []
    for _ in range(4):
        page.click("#after")
        seen.append(page.run("document.querySelector('tr.chosen th').textContent"))
    assert sorted(seen[:3]) == ["number 1", "number 10", "number 11"]
    assert seen[3] == seen[0]
    page.click("#before")
    assert page.run("document.querySelector('tr.chosen th').textContent") == seen[2]


def test_cells_of_the_map_are_read_by_keys(page):
    page.run("document.getElementById('map').focus()")
    for _ in range(3):
        page.press("ArrowDown")
    report = synthfast.evaluate(table(0), table(1).assign(**{"number 7": table(1)["number 7"] * 2.0}),
                                metrics=["correlation"])  # fmt: skip
    detail = report["associations"].detail
    text = page.run("document.getElementById('cell').textContent").replace("−", "-")
    name, told = text.split(": ")
    one, two = name.split(" with ")
    i, j = detail["columns"].index(one), detail["columns"].index(two)
    found = [float(part.split()[1]) for part in told.split(", ")]
    assert found[:2] == pytest.approx([detail["real"][i, j], detail["synthetic"][i, j]], abs=6e-4)
    assert page.run("document.getElementById('cursor').getAttribute('visibility')") == "visible"


def test_views_of_the_map_change(page):
    page.click("input[value=real]")
    assert page.run("[...document.querySelectorAll('.map:not([hidden])')].map(m => m.dataset.view)") == ["real"]
    assert page.run("document.querySelector('.scale').textContent") == "−1+1"


GROUND = "getComputedStyle(document.body).backgroundColor"


def test_themes_follow_the_system_and_the_button(browser, path):
    browser.troubles.clear()
    browser.open(path, dark=True)
    dark = browser.run(GROUND)
    browser.open(path)
    light = browser.run(GROUND)
    assert dark != light
    for expected in (light, dark, light):  # light, dark, automatic
        browser.click("#theme")
        assert browser.run(GROUND) == expected
    assert browser.troubles == []


LUMINANCE = """
(() => {
  const of = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const sheet = of(getComputedStyle(document.querySelector('section')).backgroundColor);
  const words = 'p, .quiet, a, th button, td, .pass, .grade, dt, dd, .figure-number';
  return [...document.querySelectorAll('section')].flatMap((s) => [...s.querySelectorAll(words)]).map((e) => {
    const ink = of(getComputedStyle(e).color);
    return (Math.max(ink, sheet) + .05) / (Math.min(ink, sheet) + .05);
  }).reduce((a, b) => Math.min(a, b));
})()
"""


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(browser, path, dark):
    """A contrast of 4.5, which WCAG 2 asks of body text."""
    browser.open(path, dark=dark)
    assert browser.run(LUMINANCE) >= 4.5


def test_a_screen_reader_finds_names(page):
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    named = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    roles = {role for role, _ in named}
    assert {"banner", "navigation", "main", "region", "table", "columnheader", "rowheader", "searchbox"} <= roles
    for role, name in named:
        if role in ("button", "link", "searchbox", "radio", "region", "image", "navigation"):
            assert name, role


def test_without_script_every_figure_is_there(browser, path):
    browser.troubles.clear()
    browser.open(path, script=False)
    box = browser.call("DOM.getDocument", depth=0)["root"]["nodeId"]
    figures = browser.call("DOM.querySelectorAll", nodeId=box, selector="figure")["nodeIds"]
    assert len(figures) == 14
    for figure in figures:
        assert browser.call("DOM.getBoxModel", nodeId=figure)["model"]["height"] > 100
    assert browser.troubles == []


@pytest.mark.parametrize("width", [400, 1400])
def test_it_fits_its_window(browser, path, width):
    browser.open(path, width=width)
    assert browser.run("document.documentElement.scrollWidth") <= width
    png = browser.screenshot(whole=False)
    assert struct.unpack(">I", png[16:20])[0] == width
