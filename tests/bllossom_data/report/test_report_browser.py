"""What the page does in a real browser; skipped where Chromium and its driver are absent."""

import shutil
from collections.abc import Iterator

import pytest

from bllossom_data.report.data import Report
from bllossom_data.report.page import render_report

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver on the PATH"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, demo: Report) -> Iterator[object]:
    webdriver = pytest.importorskip("selenium.webdriver")
    page = tmp_path_factory.mktemp("report") / "report.html"
    page.write_text(render_report(demo), encoding="utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1300,900",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    driver.get(page.as_uri())
    yield driver
    driver.quit()


def run(browser, script: str):
    return browser.execute_script(script)


def test_the_browser_has_nothing_to_complain_about(browser) -> None:
    assert browser.get_log("browser") == []


def test_reasons_sort_by_the_column_that_is_pressed(browser) -> None:
    column = """
      const table = document.querySelector("table.reasons");
      const header = [...table.tHead.rows[0].cells].find((c) => c.textContent.includes("Only this"));
      header.querySelector("button").click();
      return [header.ariaSort, [...table.tBodies[0].rows].map((r) => +r.cells[header.cellIndex].dataset.sort)];
    """
    order, numbers = run(browser, column)
    assert (order, numbers) == ("descending", sorted(numbers, reverse=True))
    order, numbers = run(browser, column)
    assert (order, numbers) == ("ascending", sorted(numbers))


def test_rejects_are_filtered_by_reason_and_source(browser, demo: Report) -> None:
    reject = demo.rejects[0]
    reason = reject.failures[0].reason
    shown = run(
        browser,
        f"""
      const choose = (name, value) => {{
        const select = document.querySelector(`#rejects [data-filter="${{name}}"]`);
        select.value = value;
        select.dispatchEvent(new Event("change"));
      }};
      choose("reason", "{reason}");
      choose("source", "{reject.source}");
      return [...document.querySelectorAll("#rejects .card:not([hidden])")].map((c) => c.dataset.source);
    """,
    )
    expected = [
        document
        for document in demo.rejects
        if document.source == reject.source
        and reason in [failure.reason for failure in document.failures]
    ]
    assert shown == [reject.source] * len(expected)


def test_more_cards_come_when_asked_for(browser, demo: Report) -> None:
    numbers = run(
        browser,
        """
      const count = () => document.querySelectorAll("#kept .card:not([hidden])").length;
      const before = count();
      document.querySelector("#kept [data-more]").click();
      return [before, count()];
    """,
    )
    assert numbers == [12, len(demo.kept)]


def test_the_theme_switch_changes_the_paper(browser) -> None:
    colours = run(
        browser,
        """
      const paper = () => getComputedStyle(document.body).backgroundColor;
      const before = paper();
      document.querySelector("[data-theme-toggle]").click();
      return [before, paper()];
    """,
    )
    assert colours[0] != colours[1]


def test_arrow_keys_read_a_histogram_bin_by_bin(browser, demo: Report) -> None:
    words = run(
        browser,
        """
      const chart = document.querySelector("svg.histogram");
      const press = (key) => chart.dispatchEvent(new KeyboardEvent("keydown", { key }));
      const readout = chart.closest("figure").querySelector(".readout");
      const rest = readout.textContent;
      press("ArrowRight"); press("ArrowRight");
      const second = readout.textContent;
      press("Escape");
      return [rest, second, readout.textContent];
    """,
    )
    assert f"{demo.histograms[0].counts[1]:,} (" in words[1]
    assert words[0] == words[2]


def test_no_section_is_wider_than_a_phone(browser) -> None:
    width, sections = run(
        browser,
        """
      const phone = document.createElement("iframe");
      phone.style = "width: 360px; height: 800px; border: 0";
      phone.srcdoc = document.documentElement.outerHTML;
      document.body.append(phone);
      return new Promise((resolve) => phone.addEventListener("load", () => {
        const inside = phone.contentDocument;
        resolve([inside.documentElement.scrollWidth, inside.querySelectorAll("section").length]);
        phone.remove();
      }));
    """,
    )
    assert sections == 12
    assert 300 < width <= 360
