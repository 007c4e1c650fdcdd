"""From raw conversations to published ones through the installed page and a real browser."""

import json
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import polars
import pytest
from browsing import READY
from built_wheel import ROOT
from review_items import page_environment

RECIPE = ROOT / "data_cards" / "demo-instructions.toml"
PASSWORD = "a long enough word"
# The riskiest come first, and want another translation; this one is good but for its end.
CORRECTED = 4
pytestmark = pytest.mark.slow


@pytest.fixture
def program(environment, installed, tmp_path):
    """Runs the installed command in an empty folder; no setting of the tests reaches it."""
    own = {name: environment[name] for name in ("PYTHONPATH", "NUMBA_CACHE_DIR")}
    kept = page_environment(**own)

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, installed / "bin" / "bllossom", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=kept,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.environment = kept
    return run


@contextmanager
def serving(program, installed, folder):
    process = subprocess.Popen(
        [sys.executable, installed / "bin" / "bllossom", "review", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=program.environment,
    )
    try:
        process.stdout.readline()
        yield re.search(r"http://\S+", process.stdout.readline())[0]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def enter(page, link):
    page.goto(link)
    page.fill("#id_username", "chief")
    page.fill("#id_password1", PASSWORD)
    page.fill("#id_password2", PASSWORD)
    page.click("main button.primary")
    page.wait_for_selector("a[href='/projects/review/']")


def review_one(page, number):
    """Reads one item as a person would: takes what is proposed, sends back what cannot be."""
    for card in page.locator("[data-edit]:has(.must)").all():
        card.locator("input[value=accept]").check()
    if number == CORRECTED:
        own = page.locator("textarea[data-turn]").last
        own.fill(own.input_value() + " 이상입니다.")
        page.wait_for_timeout(1500)
    for reason in page.locator("#findings input").all():
        reason.fill("읽어 보니 맞습니다")
    before = page.url
    page.click("button[data-then=next]")
    page.wait_for_function(
        "url => location.href !== url || document.querySelector('#problems')", arg=before
    )
    if page.url == before:
        page.fill("#comment", "다시 옮겨 주세요")
        page.click("button[value=retranslate]")
        page.wait_for_selector("form[action$='/undo/']")
        page.goto(before.partition("/items/")[0] + "/")
        page.click("main form button.primary")


def review_all(browser, link):
    complaints = []
    context = browser.new_context(locale="ko-KR")
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    enter(page, link)
    page.click("a[href='/projects/review/']")
    page.click("main form button.primary")
    done = 0
    while page.locator("#answer").count():
        page.wait_for_selector(READY)
        review_one(page, done)
        page.wait_for_load_state()
        done += 1
    context.close()
    assert complaints == []
    return done


def test_the_sample_is_reviewed_in_a_browser_and_the_decisions_rebuild_it(
    program, installed, browser, tmp_path
):
    program("build", RECIPE, "--root", "build")
    program("review", "export", RECIPE, "waiting.jsonl", "--root", "build")
    waiting = (tmp_path / "waiting.jsonl").read_text(encoding="utf-8").splitlines()
    program("review", "import", "waiting.jsonl")
    with serving(program, installed, tmp_path) as link:
        assert review_all(browser, link) == len(waiting)
    program("review", "verify")
    program("review", "export", "decisions.jsonl")
    program("review", "export", "again.jsonl")
    decided = (tmp_path / "decisions.jsonl").read_bytes()
    assert decided == (tmp_path / "again.jsonl").read_bytes()
    decisions = [json.loads(line) for line in decided.splitlines()]
    assert len(decisions) == len(waiting)
    assert sum(one["decision"] == "correct" for one in decisions) >= 1
    published = rebuilt(program, tmp_path)
    texts = [one["messages"][-1]["content"] for one in decisions if one["messages"]]
    assert sum(text in published for text in texts) == len(texts)
    # The same decisions once more change no byte.
    files = contents(tmp_path / "build")
    assert rebuilt(program, tmp_path) == published
    assert contents(tmp_path / "build") == files


def rebuilt(program, folder: Path) -> set[str]:
    program("review", "import", RECIPE, "decisions.jsonl", "--root", "build")
    summary = json.loads(program("build", RECIPE, "--root", "build", "--json"))
    final = folder / summary["dataset"]
    rows = polars.concat(
        [
            polars.read_parquet(path).select("messages")
            for path in sorted(final.rglob("ko/*.parquet"))
        ]
    )
    return {one["content"] for messages in rows["messages"].to_list() for one in messages}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("final/**/*") if path.is_file()}
