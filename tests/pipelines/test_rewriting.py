"""Subjects rewritten by a chat model: what it is asked, what is taken, what goes on to people."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.korean import first_line_moved_to_korea
from fakes.loopback import reply, status
from fakes.openai_server import OpenAIServer
from instruction_recipes import begun

from bllossom_data.cli import main

SAMPLE = Path(__file__).parents[2] / "bllossom_data" / "sample" / "instructions" / "items.jsonl"
VERSION = "2026.11.0-dev"
ITEMS = {
    "demo-001": None,
    "demo-042": "tax.return",
    "demo-046": "housing.renting",
    "demo-051": "emergency.calls",
    "demo-056": "law.guns",
}
"""Items of the sample and the rule that marks them; guns are taken out, not rewritten."""
RECIPE = (
    begun("moved")
    + """
[[translate.providers]]
engine = "openai"
model = "fake-1"
base_url = "{url}"
{rewrites}
"""
)
REWRITES = """
[localise.topic_rewrites]
model = "fake-2"
base_url = "{url}"
{more}
"""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    with OpenAIServer("test-key") as running:
        yield running


def recipe(folder: Path, server: OpenAIServer, rewrites: bool = True, more: str = "") -> Path:
    chosen = [
        line
        for line in SAMPLE.read_text(encoding="utf-8").splitlines()
        if json.loads(line)["id"] in ITEMS
    ]
    assert len(chosen) == len(ITEMS)
    (folder / "items.jsonl").write_text("\n".join(chosen) + "\n", encoding="utf-8")
    table = REWRITES.format(url=server.base_url, more=more) if rewrites else ""
    path = folder / "moved.toml"
    path.write_text(RECIPE.format(url=server.base_url, rewrites=table), encoding="utf-8")
    return path


def build(path: Path, code: int = 3) -> str:
    arguments = ["build", str(path), "--root", str(path.parent / "build")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    return result.output


def rows(path: Path, name: str) -> dict[str, dict]:
    place = path.parent / "build" / "moved" / VERSION / name
    lines = place.read_text(encoding="utf-8").splitlines()
    read = map(json.loads, lines)
    return {(one.get("draft") or one)["id"].removeprefix("demo-"): one for one in read}


def asked_for_rewrites(server: OpenAIServer) -> list[dict]:
    return [one.body for one in server.log if one.body and one.body["model"] == "fake-2"]


def test_marked_subjects_become_edits_that_wait_for_a_person(server, tmp_path):
    path = recipe(tmp_path, server)
    build(path)
    found = rows(path, "rewrite/rewrites.jsonl")
    assert {name: one["rule"] for name, one in found.items()} == {
        name: rule for name, rule in ITEMS.items() if rule and rule != "law.guns"
    }
    drafts = rows(path, "localise/drafts.jsonl")
    waiting = rows(path, "reviews/waiting.jsonl")
    for name, one in found.items():
        edits = [edit for edit in drafts[name]["edits"] if edit["kind"] == "topic"]
        assert len(edits) == len(one["edits"]) > 0
        assert {edit["source"] for edit in edits} == {"model:openai:fake-2"}
        assert {edit["dependency"] for edit in edits} == {"whole_answer"}
        assert drafts[name]["providers"] == ["openai:fake-1", "openai:fake-2"]
        assert "한국의 " in waiting[name]["korean"][edits[0]["turn"]]["content"]
    assert not [edit for edit in drafts["demo-001"]["edits"] if edit["kind"] == "topic"]


def test_the_model_is_told_the_rule_and_shown_the_conversation(server, tmp_path):
    path = recipe(tmp_path, server)
    build(path)
    bodies = asked_for_rewrites(server)
    assert len(bodies) == 3
    renting = next(one for one in bodies if "전세" in one["messages"][0]["content"])
    turns = json.loads(renting["messages"][1]["content"])["turns"]
    assert [one["role"] for one in turns] == ["user", "assistant"]
    assert all(one["english"] and one["korean"] for one in turns)
    assert renting["response_format"]["json_schema"]["strict"] is True


def test_a_second_build_asks_nothing_and_gives_the_same_bytes(server, tmp_path):
    path = recipe(tmp_path, server)
    build(path)
    asked = server.count("/v1/chat/completions")
    step = tmp_path / "build" / "moved" / VERSION
    first = (step / "localise" / "drafts.jsonl").read_bytes()
    step.rename(tmp_path / "before")
    build(path)
    assert server.count("/v1/chat/completions") == asked
    assert (step / "localise" / "drafts.jsonl").read_bytes() == first


def test_without_the_table_nothing_is_asked_and_no_step_is_there(server, tmp_path):
    path = recipe(tmp_path, server, rewrites=False)
    build(path)
    assert asked_for_rewrites(server) == []
    step = tmp_path / "build" / "moved" / VERSION
    assert not (step / "rewrite").exists()
    assert "topic_rewrites" not in (step / "localise" / "step.json").read_text(encoding="utf-8")


def test_an_answer_that_does_not_fit_is_corrected_once(server, tmp_path):
    def at_first_elsewhere(turns):
        wrong = not any("0번 나옵니다" in text for text in instructions())
        good = first_line_moved_to_korea(turns)
        return {"edits": [{**good["edits"][0], "before": "없는 글귀"}]} if wrong else good

    def instructions():
        return [one["messages"][0]["content"] for one in asked_for_rewrites(server)]

    server.rewrite = at_first_elsewhere
    path = recipe(tmp_path, server, more="concurrency = 1")
    build(path)
    assert all(one["edits"] for one in rows(path, "rewrite/rewrites.jsonl").values())
    assert any("앞서 낸 답" in text and "없는 글귀" in text for text in instructions())


@pytest.mark.parametrize("kind", ["prose", "refusal", "truncated", "no_choices", "code"])
def test_what_a_model_cannot_do_goes_on_to_people(server, tmp_path, kind):
    if kind == "code":
        server.rewrite = lambda turns: {
            "edits": [
                {"turn": 1, "before": turns[1]["korean"], "after": "`rm -rf /`", "reason": "x"}
            ]
        }
    else:
        server.on_request = lambda request: (
            reply(kind) if request.body["model"] == "fake-2" else None
        )
    path = recipe(tmp_path, server)
    build(path)
    assert {one["edits"] for one in rows(path, "rewrite/rewrites.jsonl").values()} == {None}
    waiting = rows(path, "reviews/waiting.jsonl")
    for name in ("demo-042", "demo-046", "demo-051"):
        said = [one["check"] for one in waiting[name]["draft"]["findings"]]
        assert "topic_rewrite" in said
        assert not [one for one in waiting[name]["draft"]["edits"] if one["kind"] == "topic"]


def test_a_limit_stops_cleanly_and_the_next_build_goes_on(server, tmp_path):
    path = recipe(tmp_path, server, more="max_characters = 4000\nconcurrency = 1")
    assert "rewriting of subjects stopped" in build(path)
    asked = len(asked_for_rewrites(server))
    assert asked < 3
    recipe(tmp_path, server)
    build(path)
    assert len(asked_for_rewrites(server)) == 3
    assert len(rows(path, "rewrite/rewrites.jsonl")) == 3


def test_a_used_up_quota_stops_cleanly(server, tmp_path):
    server.on_request = lambda request: (
        status(429, "insufficient_quota", "You exceeded your current quota")
        if request.body["model"] == "fake-2"
        else None
    )
    path = recipe(tmp_path, server)
    assert "no credit left" in build(path)
    server.calm()
    build(path)
    assert len(rows(path, "rewrite/rewrites.jsonl")) == 3


def test_a_limit_on_money_needs_a_price(server, tmp_path):
    path = recipe(tmp_path, server, more="max_dollars = 1.0")
    assert "localise.topic_rewrites.max_characters" in build(path, code=1)
    assert server.count() == 0


def test_an_estimate_counts_rewrites_before_anything_is_sent(server, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    path = recipe(tmp_path, server)
    arguments = ["translate", str(path), "--root", str(tmp_path / "build"), "--estimate", "--json"]
    found = json.loads(CliRunner().invoke(main, arguments).stdout)
    assert [(one["provider"], one["segments"]) for one in found][1] == ("openai:fake-2", 3)
    assert server.count() == 0
