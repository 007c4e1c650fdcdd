"""Instruction data from English to the published dataset, with real clients and a server that fails."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.loopback import slow, status
from fakes.openai_server import OpenAIServer
from instruction_recipes import begun

from bllossom_data.cli import main
from bllossom_data.examples import Message, Review
from pipelines.drafts import Draft
from pipelines.foreign_texts import ForeignTexts
from pipelines.memories import ParallelText
from pipelines.rows import read_rows, write_rows

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data_cards" / "demo-instructions.toml"
SAMPLE = ROOT / "bllossom_data" / "sample" / "instructions"
VERSION = "2026.11.0-dev"
RECIPE = (
    begun("small")
    + """
[translate]
concurrency = 4
{limits}
[[translate.providers]]
engine = "openai"
model = "fake-1"
base_url = "{url}"
"""
)


def bllossom(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result.stdout


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("timings.json", ".lock")
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("demo")
    bllossom("build", DEMO, "--root", root)
    return root / "demo-instructions" / VERSION


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    with OpenAIServer("test-key") as running:
        yield running


def recipe(folder: Path, server: OpenAIServer, items: int = 12, limits: str = "") -> Path:
    lines = (SAMPLE / "items.jsonl").read_text(encoding="utf-8").splitlines()[:items]
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = folder / "small.toml"
    path.write_text(RECIPE.format(url=server.base_url, limits=limits), encoding="utf-8")
    return path


def test_no_example_of_the_sample_is_lost_on_its_way(demo):
    read = [row["id"] for row in rows(demo / "ingest" / "examples.jsonl")]
    assert len(read) == len(set(read)) == 75
    assert [row["id"] for row in rows(demo / "translate" / "translations.jsonl")] == read
    assert [row["id"] for row in rows(demo / "localise" / "drafts.jsonl")] == read


def test_the_draft_of_each_neighbour_is_told_from_the_examples_own(demo):
    drafts = {one.id: one for one in read_rows(demo / "localise" / "drafts.jsonl", Draft)}
    foreign = ForeignTexts(drafts)
    whole = [one for one in drafts.values() if one.is_complete() and len(one.messages) == 2]
    assert len(whole) > 30
    for one, other in zip(whole, [*whole[1:], whole[0]], strict=True):
        exchanged = Review(one.id, "correct", None, other.korean(), None, "kim", "2025-11-25")
        assert [other.id in found.message for found in foreign.findings(exchanged)] == [True]
        own = replace(exchanged, messages=one.korean())
        assert foreign.findings(own) == []


def found_in(draft: dict, fault: dict) -> bool:
    turn = fault["turn"]
    checks = {one["check"] for one in draft["findings"] if one["turn"] in (turn, None)}
    kinds = {one["kind"] for one in draft["edits"] if one["turn"] == turn}
    return {
        "register": "style" in kinds or "speech_level" in checks,
        "untranslated_sentence": "untranslated" in checks,
        "untranslated": "untranslated" in checks,
        "missing_translation": "untranslated" in checks,
        "number": "numbers" in checks,
        "numbers": "numbers" in checks,
        "pronoun": "translationese" in checks,
        "josa": "josa" in kinds,
        "emphasis": draft["translations"][turn] is not None,
    }[fault["fault"]]


def test_every_fault_that_was_planted_in_the_translations_is_found(demo):
    drafts = {row["id"].rpartition("demo-")[2]: row for row in rows(demo / "localise/drafts.jsonl")}
    faults = rows(SAMPLE / "faults.jsonl")
    missed = [one for one in faults if not found_in(drafts[one["id"].rpartition("demo-")[2]], one)]
    assert len(faults) == 15
    assert missed == []


def test_only_decided_and_harmless_examples_of_the_sample_are_published(demo):
    manifest = json.loads((demo / "final" / "manifest.json").read_text(encoding="utf-8"))
    states = manifest["counts"]["examples"]["states"]
    assert sum(states.values()) == 75
    waiting = rows(demo / "reviews" / "waiting.jsonl")
    assert len(waiting) == states["waiting"] > 5
    assert [one["draft"]["risk"] for one in waiting] == sorted(
        (one["draft"]["risk"] for one in waiting), reverse=True
    )
    assert manifest["counts"]["rows"]["ko"]["test"] == 9


def test_a_second_run_asks_nothing_and_gives_the_same_bytes(server, tmp_path):
    path = recipe(tmp_path, server)
    bllossom("build", path, "--root", tmp_path / "build", code=3)
    asked, first = server.count("/v1/chat/completions"), digests(tmp_path / "build/small")
    assert asked > 0
    subprocess.run(["rm", "-r", tmp_path / "build" / "small"], check=True)
    bllossom("build", path, "--root", tmp_path / "build", code=3)
    assert server.count("/v1/chat/completions") == asked
    assert digests(tmp_path / "build" / "small") == first


def test_an_estimate_sends_nothing(server, tmp_path):
    path = recipe(tmp_path, server)
    root = tmp_path / "build"
    shown = json.loads(bllossom("translate", path, "--root", root, "--estimate", "--json"))
    assert server.count() == 0
    (one,) = shown
    assert one["provider"] == "openai:fake-1"
    assert one["to_ask"] + one["repeated"] == one["segments"] > 50
    assert one["characters"] > 5_000
    assert "characters" in bllossom("translate", path, "--root", root, "--estimate")


def test_rows_that_could_not_be_read_are_told_at_the_end(server, tmp_path):
    path = recipe(tmp_path, server)
    with (tmp_path / "items.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"messages": "no list"}\n{"messages": []}\n')
    for arguments in (("build", path), ("translate", path)):
        code = 3 if arguments[0] == "build" else 0
        told = CliRunner().invoke(main, [*map(str, arguments), "--root", str(tmp_path / "build")])
        assert told.exit_code == code, told.output
        (line,) = [one for one in told.stderr.splitlines() if "could not be read" in one]
        assert line.startswith("demo: 2 rows could not be read and were left out: ")
        assert "quarantine/demo.jsonl; the first is row 12 of items.jsonl (" in line


def test_what_waits_is_exit_code_3_and_0_where_the_recipe_does_not_wait(demo, server, tmp_path):
    """The sample's recipe does not wait: it was built with exit code 0 though examples wait."""
    assert "wait = false" in DEMO.read_text(encoding="utf-8")
    assert rows(demo / "reviews" / "waiting.jsonl")
    path = recipe(tmp_path, server)
    arguments = ("build", path, "--root", tmp_path / "build")
    assert "wait for people" in bllossom(*arguments, code=3)
    assert not (tmp_path / "build" / "small" / VERSION / "final").exists()
    path.write_text(path.read_text(encoding="utf-8") + "\n[review]\nwait = false\n", "utf-8")
    told = CliRunner().invoke(main, [str(one) for one in arguments])
    assert told.exit_code == 1
    assert "nothing can be published: 12 of 12 examples wait for people" in told.stderr


def test_nothing_passes_unread_where_people_read_all(demo, tmp_path):
    shutil.copytree(demo.parents[1], tmp_path / "build")
    for name in (DEMO.name, "demo-instructions.md"):
        shutil.copy(DEMO.with_name(name), tmp_path / name)
    path = tmp_path / DEMO.name
    path.write_text(path.read_text(encoding="utf-8") + "read_all = true\n", encoding="utf-8")
    bllossom("build", path, "--root", tmp_path / "build")
    folder = tmp_path / "build" / "demo-instructions" / VERSION

    def counted(of: Path) -> tuple[int, int, int]:
        counts = json.loads((of / "final" / "manifest.json").read_text(encoding="utf-8"))["counts"]
        outcomes = counts["examples"]["states"]
        return outcomes.get("passed", 0), outcomes["approved"], outcomes["waiting"]

    passed, approved, waiting = counted(demo)
    assert passed > 0
    assert counted(folder) == (0, approved, waiting + passed)


def test_a_memory_that_is_broken_is_an_error_with_its_line(server, tmp_path):
    path = recipe(tmp_path, server)
    broken = tmp_path / "broken.tmx"
    broken.write_text('<?xml version="1.0"?>\n<tmx version="1.4"><body>\n<tu><seg>', "utf-8")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[translate]", f'[translate]\nmemories = ["{broken}"]'), "utf-8")
    told = CliRunner().invoke(main, ["build", str(path), "--root", str(tmp_path / "build")])
    assert told.exit_code == 1
    assert "broken.tmx, line 3: the XML is broken there" in told.stderr
    assert server.count() == 0


def test_an_estimate_needs_no_key_of_any_engine(server, tmp_path, monkeypatch):
    path = recipe(tmp_path, server)
    text = path.read_text(encoding="utf-8").replace(
        "[[translate.providers]]",
        '[[translate.providers]]\nengine = "deepl"\n\n[[translate.providers]]',
        1,
    )
    path.write_text(text, encoding="utf-8")
    for name in ("OPENAI_API_KEY", "DEEPL_AUTH_KEY"):
        monkeypatch.delenv(name, raising=False)
    arguments = ("translate", path, "--root", tmp_path / "build")
    deepl, chat = json.loads(bllossom(*arguments, "--estimate", "--json"))
    assert (deepl["provider"], chat["provider"]) == ("deepl", "openai:fake-1")
    assert deepl["minutes"][0] < deepl["minutes"][1]
    assert "at once" in bllossom(*arguments, "--estimate")
    bllossom(*arguments, code=1)
    assert server.count() == 0


def test_a_limit_stops_cleanly_and_what_was_translated_is_kept(server, tmp_path):
    path = recipe(tmp_path, server, limits="max_characters = 4000\n")
    said = bllossom("build", path, "--root", tmp_path / "build", code=3)
    assert "The translation stopped" in said
    asked = server.count("/v1/chat/completions")
    recipe(tmp_path, server)
    bllossom("build", path, "--root", tmp_path / "build", code=3)
    together = server.count("/v1/chat/completions")
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    bllossom("build", recipe(fresh, server), "--root", fresh / "build", code=3)
    assert together - asked < server.count("/v1/chat/completions") - together


def test_an_outage_is_no_translation_and_a_later_build_asks_again(server, tmp_path):
    path = recipe(tmp_path, server, items=2)
    server.on_request = lambda request: status(400)
    said = bllossom("build", path, "--root", tmp_path / "build", code=3)
    assert "The translation stopped" in said
    assert "segments got no answer (openai:fake-1: status 400" in said
    server.on_request = None
    bllossom("build", path, "--root", tmp_path / "build", code=3)
    (file,) = (tmp_path / "build" / "small").glob("*/translate/translations.jsonl")
    assert all(part["korean"] for one in rows(file) for part in one["segments"])


def test_a_reply_is_waited_for_as_long_as_the_recipe_says(server, tmp_path):
    path = recipe(tmp_path, server, items=2)
    bllossom("build", path, "--root", tmp_path / "build", code=3)
    asked = server.count("/v1/chat/completions")
    with path.open("a", encoding="utf-8") as file:
        file.write("timeout_seconds = 0.2\n")
    server.next(slow(1.0))
    bllossom("build", path, "--root", tmp_path / "other", code=3)
    assert server.count("/v1/chat/completions") - asked == asked + 1


def test_a_limit_on_money_needs_a_price(server, tmp_path):
    path = recipe(tmp_path, server, limits="max_dollars = 5.0\n")
    result = CliRunner().invoke(main, ["build", str(path), "--root", str(tmp_path / "build")])
    assert result.exit_code == 1
    assert "nobody knows the price of openai:fake-1" in result.stderr
    assert "max_characters" in result.stderr
    assert server.count() == 0


@pytest.mark.parametrize(
    "decided_at", ["2025-11-25T10:00:00Z", "2025-11-26", "2025-11-26T09:30:00.5+09:00"]
)
def test_people_accept_what_waits_and_the_next_build_publishes_it(server, tmp_path, decided_at):
    path, root = recipe(tmp_path, server, items=6), tmp_path / "build"
    said = bllossom("build", path, "--root", root, code=3)
    assert "wait for people" in said
    waiting, decisions = tmp_path / "waiting.jsonl", tmp_path / "decisions.jsonl"
    bllossom("review", "export", path, waiting, "--root", root)
    tasks = rows(waiting)
    assert tasks
    write_rows(
        decisions,
        [
            Review(
                task["draft"]["id"],
                "accept",
                task["draft_sha256"],
                (),
                None,
                "reviewer-1",
                decided_at,
            )
            for task in tasks
        ],
    )
    said = bllossom("review", "import", path, decisions, "--root", root)
    assert f"{len(tasks)} decisions added, 0 were there" in said
    said = bllossom("review", "import", path, decisions, "--root", root)
    assert f"0 decisions added, {len(tasks)} were there" in said
    whole = decisions.read_text(encoding="utf-8")
    decisions.write_text(whole + '{"decison": "accept"}\n', encoding="utf-8")
    bllossom("review", "import", path, decisions, "--root", root, code=1)
    said = bllossom("review", "import", path, decisions, "--root", root, "--json", code=1)
    counted = json.loads(said[said.index("{\n") :])
    assert (counted["known"], counted["added"], counted["rejected"]) == (len(tasks), 0, 1)
    rejected = Path(counted["rejected_file"])
    assert rejected.read_text(encoding="utf-8") == '{"decison": "accept"}\n'
    bllossom("build", path, "--root", root)
    final = root / "small" / VERSION / "final"
    manifest = json.loads((final / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"]["examples"]["states"] == {"approved": len(tasks)}
    assert (root / "small" / "accepted.tmx").is_file()
    shown = bllossom("review", "show", path, "demo-001", "--root", root, code=1)
    assert "there is no example" not in shown
    assert "demo-demo-001" in bllossom("review", "show", path, "demo-demo-001", "--root", root)


@pytest.mark.parametrize("waits", [True, False])
def test_a_build_says_which_decisions_no_longer_count(server, tmp_path, waits):
    path, root = recipe(tmp_path, server, items=3), tmp_path / "build"
    bllossom("build", path, "--root", root, code=3)
    waiting = tmp_path / "waiting.jsonl"
    assert "3 examples wait" in bllossom("review", "export", path, waiting, "--root", root)
    tasks = rows(waiting)
    decisions = [
        Review(one["draft"]["id"], "accept", one["draft_sha256"], (), None, "kim", "2025-11-25")
        for one in tasks
    ]
    write_rows(tmp_path / "decisions.jsonl", decisions)
    bllossom("review", "import", path, tmp_path / "decisions.jsonl", "--root", root)
    assert "decided before" not in bllossom("build", path, "--root", root)
    # Another translation of one turn comes in, and with it another draft.
    changed = tasks[1]["draft"]
    asked = changed["messages"][0]["content"]
    known = ParallelText("other", "user", asked, f"{tasks[1]['korean'][0]['content']} 부탁드려요.")
    write_rows(tmp_path / "known.jsonl", [known])
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("[translate]", f'[translate]\nmemories = ["{tmp_path / "known.jsonl"}"]')
        + ("" if waits else "\n[review]\nwait = false\n"),
        encoding="utf-8",
    )
    said = bllossom("build", path, "--root", root, code=3 if waits else 0)
    assert "1 of 3 examples waits for people: " in said
    assert "1 of them was decided before, but about a draft that has changed since" in said
    assert f"count: {changed['id']}. It stands as `void`" in said
    if not waits:
        assert json.loads(bllossom("build", path, "--root", root, "--json"))["void"] == [
            changed["id"]
        ]
    write_rows(tmp_path / "again.jsonl", decisions[1:2])
    arguments = ("review", "import", path, tmp_path / "again.jsonl", "--root", root)
    said = bllossom(*arguments, code=1)
    assert "0 decisions added, 1 was there" in said
    assert "1 of them does not count: the draft has changed" in said


def test_a_recipe_brings_no_decision_whose_text_cannot_be_published(server, tmp_path):
    path, root = recipe(tmp_path, server, items=2), tmp_path / "build"
    bllossom("build", path, "--root", root, code=3)
    draft = rows(root / "small" / VERSION / "localise" / "drafts.jsonl")[0]
    given = tmp_path / "given.jsonl"
    english = tuple(Message(**one) for one in draft["messages"])
    decided = Review(draft["id"], "correct", None, english, None, "kim", "2026-11-26")
    write_rows(given, [decided])
    brings = f'{path.read_text(encoding="utf-8")}\n[review]\ndecisions = "{given}"\n'
    path.write_text(brings, encoding="utf-8")
    result = CliRunner().invoke(main, ["build", str(path), "--root", str(root)])
    assert result.exit_code == 1
    assert f"{given}: texts cannot be published" in result.output
    assert f"{draft['id']}: messages[0]: error" in result.output


def build_in_background(path: Path, root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bllossom_data.cli", "build", str(path), "--root", str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENAI_API_KEY": "test-key"},
        start_new_session=True,
    )


def test_killed_ten_times_a_build_ends_with_the_same_bytes(server, tmp_path):
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    bllossom("build", recipe(tmp_path / "whole", server), "--root", tmp_path / "whole/b", code=3)
    path, root = recipe(tmp_path / "killed", server), tmp_path / "killed" / "b"
    moments = random.Random(20261125)
    unfinished = Counter()
    for _ in range(10):
        process = build_in_background(path, root)
        time.sleep(moments.uniform(0.3, 2.8))
        unfinished[process.poll() is None] += 1
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    process = build_in_background(path, root)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 3, errors
    assert digests(root / "small") == digests(tmp_path / "whole" / "b" / "small")
    assert unfinished[True] >= 3
