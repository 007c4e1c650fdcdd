"""Texts of the memory that are like what waits, for the person who reviews it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.openai_server import OpenAIServer
from hand_made_drafts import draft

from bllossom_data.cli import main
from bllossom_data.examples import Message
from bllossom_data.translation.memory import Entry, Memory
from pipelines.drafts import TranslatedSegment, Translation
from pipelines.suggestions import suggested_texts

ENGLISH = "Run `make test` before you open a pull request.\n\nYes."


@pytest.fixture
def memory(tmp_path):
    memory = Memory(tmp_path / "memory.sqlite")
    yield memory
    memory.close()


def waiting(english: str = ENGLISH, provider: str = "deepl"):
    one = draft(messages=(Message("user", english),), translations=("번역",))
    segments = [
        TranslatedSegment(0, 0, 1, text, "번역", provider, ()) for text in english.split("\n\n")
    ]
    return one, {one.id: Translation(one.id, ("번역",), tuple(segments), ())}


def test_a_similar_text_is_suggested_with_what_stands_in_the_slots_here(memory):
    memory.add([
        Entry("Run ⟦1⟧ before you open a merge request.", "머지 요청을 열기 전에 ⟦1⟧를 실행하세요.",
              "review", "kim", example="demo-7"),
        Entry("Something else altogether, about cooking.", "전혀 다른 글입니다.", "human", "kim"),
    ])  # fmt: skip
    one, translations = waiting()
    (found,) = suggested_texts([one], translations, memory)[one.id]
    assert found.target == "머지 요청을 열기 전에 `make test`를 실행하세요."
    assert found.source == "Run `make test` before you open a merge request."
    assert 0.75 <= found.ratio < 1
    assert (found.turn, found.example) == (0, "demo-7")


def test_what_the_memory_itself_translated_needs_no_suggestion(memory):
    memory.add([Entry("Run ⟦1⟧ before you open a merge request.", "⟦1⟧…", "human", "kim")])
    one, translations = waiting(provider="memory")
    assert suggested_texts([one], translations, memory) == {}


def test_the_best_few_are_kept_each_once(memory):
    memory.add([
        Entry(f"Run ⟦1⟧ before you open a pull request {word}.", f"⟦1⟧ {word}", "human", "kim")
        for word in ("now", "or so", "today", "maybe", "then", "later", "quickly")
    ])  # fmt: skip
    one, translations = waiting(ENGLISH.replace("Yes.", ENGLISH.split("\n\n")[0]))
    found = suggested_texts([one], translations, memory)[one.id]
    assert len(found) == len({text.source for text in found}) == 5
    assert [text.ratio for text in found] == sorted((text.ratio for text in found), reverse=True)


def test_a_text_of_other_slots_keeps_its_marks(memory):
    memory.add(
        [Entry("Run ⟦1⟧ or ⟦2⟧ before you open a pull request.", "⟦1⟧, ⟦2⟧", "human", "kim")]
    )
    one, translations = waiting()
    (found,) = suggested_texts([one], translations, memory)[one.id]
    assert found.target == "`make test`, ⟦2⟧"


RECIPE = """
[dataset]
name = "known"
version = "2026.11.0-dev"
kind = "instruction"
license = "cc0-1.0"
pretty_name = "아는 글"
languages = ["ko", "en"]

[[sources]]
name = "demo"
path = "items.jsonl"
layout = "lima"
split = "{split}"
license = "cc0-1.0"

[translate]
memories = ["memory.jsonl"]

[[translate.providers]]
engine = "openai"
model = "fake-1"
base_url = "{url}"

[localise]
assistant_level = "해요체"
"""


def build(folder: Path, *command: str) -> None:
    arguments = [*command, "--root", str(folder / "build")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (0, 3), result.output


def test_what_waits_in_a_build_comes_with_suggestions_levels_and_changed_numbers(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    items = [
        {"conversations": ["How do I get there?", "You walk 3 miles along the river to the mill."]},
        {"conversations": ["How far is it to the mill?", "You walk along the river to the mill."]},
    ]
    known = {
        "example": "earlier", "role": "assistant",
        "english": "You walk along the river to the old mill.",
        "korean": "강을 따라 오래된 방앗간까지 걸어요.",
    }  # fmt: skip
    for name, lines in (("items.jsonl", items), ("memory.jsonl", [known])):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (tmp_path / name).write_text(text, encoding="utf-8")
    recipe, waiting_file = tmp_path / "known.toml", tmp_path / "waiting.jsonl"
    with OpenAIServer("test-key") as server:
        server.translate = lambda text: (
            "강을 따라 3마일을 걸어요." if "miles" in text else "강을 따라 걸어요."
        )
        recipe.write_text(RECIPE.format(url=server.base_url, split="test"), encoding="utf-8")
        build(tmp_path, "build", str(recipe))
        build(tmp_path, "review", "export", str(recipe), str(waiting_file))
    tasks = [json.loads(line) for line in waiting_file.read_text(encoding="utf-8").splitlines()]
    one = next(task for task in tasks if task["draft"]["messages"][0]["content"].endswith("mill?"))
    assert [text["target"] for text in one["suggestions"]] == [known["korean"]]
    assert one["levels"] == {"system": "해요체", "user": "해요체", "assistant": "해요체"}
    walked = next(task for task in tasks if task is not one)
    assert [edit["after"] for edit in walked["draft"]["edits"]] == ["5킬로미터", "를"]
    again = tmp_path / "build" / "known" / "2026.11.0-dev" / "reviews" / "waiting.jsonl"
    assert again.read_bytes() == waiting_file.read_bytes()
