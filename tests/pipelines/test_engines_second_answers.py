"""Engines asked over the wire are told which value was wrong, and only once."""

import json

import pytest
from fakes.deepl_server import DeepLServer
from fakes.korean import pseudo_korean
from fakes.openai_server import OpenAIServer

from bllossom_data.examples import Example, Message
from bllossom_data.instruction_recipe import ProviderChoice, Translate
from bllossom_data.progress import no_progress
from bllossom_data.translation.korean_style import DEFAULT_SPEECH
from pipelines.engines import Engines
from pipelines.translating import AnswerCheck, questions, segment_example

TEXTS = ("Add 5 eggs, then wait.", "We meet on Monday.", "The sky is blue today.")
MISTAKES = {"5": "7", "월요일": "화요일"}
CORRECTED = ("번역문에 빠진 수: 5; 원문에 없는 수: 7", "원문의 요일은 월요일입니다.")


@pytest.fixture(params=["openai", "deepl"])
def server(request, monkeypatch):
    kind = OpenAIServer if request.param == "openai" else DeepLServer
    with kind("test-key") as running:
        monkeypatch.setenv("OPENAI_API_KEY", "test-key")
        monkeypatch.setenv("DEEPL_AUTH_KEY", "test-key")
        if request.param == "openai":
            monkeypatch.setenv("OPENAI_BASE_URL", running.base_url)
        else:
            monkeypatch.setenv("DEEPL_SERVER_URL", running.url)
        yield running


def corrections(body):
    """What a request says of earlier translations, in either protocol."""
    if "custom_instructions" in body:
        said = [one for one in body["custom_instructions"] if "earlier translation: " in one]
        return [one.partition("earlier translation: ")[2] for one in said]
    segments = json.loads(body["messages"][-1]["content"])["segments"]
    return [one["correction"] for one in segments if "correction" in one]


def says_wrong_values(server, *, also_when_corrected):
    def translate(request):
        is_wrong = also_when_corrected or not corrections(request.body)

        def korean(text):
            made = pseudo_korean(text.replace("Monday", "월요일"))
            for right, wrong in MISTAKES.items() if is_wrong else ():
                made = made.replace(right, wrong)
            return made

        server.translate = korean

    server.on_request = translate


def run(server, folder):
    choice = (
        ProviderChoice(engine="openai", model="fake-1")
        if isinstance(server, OpenAIServer)
        else ProviderChoice(engine="deepl")
    )
    engines = Engines(
        Translate(providers=(choice,), concurrency=1), DEFAULT_SPEECH, (),
        folder / "cache.sqlite", "demo", folder / "batches",
    )  # fmt: skip
    turns = tuple(Message("user", text) for text in TEXTS)
    example = Example("e", "train", "s", "cc0-1.0", "s.jsonl", 0, None, turns)
    cut = [segment_example(example, with_glossary=False)]
    check = AnswerCheck(cut)
    asks = list(questions(cut[0]))
    outcomes, stopped = engines.translate(asks, check, check.many, no_progress())
    assert stopped is None
    return outcomes


def test_an_engine_is_told_which_value_was_wrong(server, tmp_path):
    says_wrong_values(server, also_when_corrected=False)
    outcomes = run(server, tmp_path)
    assert [one.findings for one in outcomes] == [(), (), ()]
    assert [[a.problem for a in one.attempts] for one in outcomes] == [
        ["numbers"],
        ["weekdays"],
        [],
    ]
    said = [one for request in server.log for one in corrections(request.body)]
    assert sorted(said) == sorted(CORRECTED)
    before = server.count()
    again = run(server, tmp_path)
    assert server.count() == before
    assert [one.text for one in again] == [one.text for one in outcomes]


def test_a_value_that_stays_wrong_stays_with_its_finding(server, tmp_path):
    says_wrong_values(server, also_when_corrected=True)
    outcomes = run(server, tmp_path)
    assert [one.state for one in outcomes] == ["translated"] * 3
    assert [sorted({f.check for f in one.findings}) for one in outcomes] == [
        ["numbers"], ["weekdays"], [],
    ]  # fmt: skip
    before = server.count()
    assert [one.text for one in run(server, tmp_path)] == [one.text for one in outcomes]
    assert server.count() == before
