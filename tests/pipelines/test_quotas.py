"""What a user reads at the end of a build whose account or limit is used up, with the real SDKs."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.deepl_server import DeepLServer
from fakes.loopback import status
from fakes.openai_server import OpenAIServer
from instruction_recipes import begun

from bllossom_data.cli import main

SAMPLE = Path(__file__).parents[2] / "bllossom_data" / "sample" / "instructions" / "items.jsonl"
KEPT = re.compile(
    r"([\d,]+) of ([\d,]+) segments \(([\d,]+) of ([\d,]+) English characters\) are translated "
    r"and kept; once that is put right, the same command goes on from there"
)
RECIPE = (
    begun("limited")
    + """
[translate]
concurrency = 1
{limits}

[[translate.providers]]
{engine}
"""
)


@pytest.fixture
def deepl(monkeypatch):
    with DeepLServer("test-key:fx") as running:
        monkeypatch.setenv("DEEPL_AUTH_KEY", "test-key:fx")
        monkeypatch.setenv("DEEPL_SERVER_URL", running.url)
        yield running


@pytest.fixture
def chat(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    with OpenAIServer("test-key") as running:
        yield running


def recipe(folder: Path, engine: str, limits: str = "") -> Path:
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()[:6]
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = folder / "limited.toml"
    path.write_text(RECIPE.format(engine=engine, limits=limits), encoding="utf-8")
    return path


def build(path: Path) -> str:
    result = CliRunner().invoke(main, ["build", str(path), "--root", str(path.parent / "build")])
    assert result.exit_code == 3, result.output
    return result.output


def kept(said: str) -> list[int]:
    found = KEPT.search(said)
    assert found, said
    return [int(number.replace(",", "")) for number in found.groups()]


def model(server: OpenAIServer, name: str = "fake-1") -> str:
    return f'engine = "openai"\nmodel = "{name}"\nbase_url = "{server.base_url}"'


def test_a_used_up_quota_of_deepl_is_called_so_and_the_rest_follows_when_it_is_renewed(
    deepl, tmp_path
):
    deepl.character_limit = 1_000
    path = recipe(tmp_path, 'engine = "deepl"')
    said = build(path)
    assert "the account's character quota is used up (456)" in said
    assert "renewed when the next billing period begins" in said
    done, every, characters, _ = kept(said)
    assert 0 < done < every
    assert 0 < characters <= deepl.characters <= 1_000
    deepl.character_limit = None
    assert "wait for people" in build(path)
    (tmp_path / "whole").mkdir()
    both = deepl.characters
    build(recipe(tmp_path / "whole", 'engine = "deepl"'))
    assert deepl.characters == 2 * both


def test_a_used_up_quota_of_a_chat_model_is_called_so(chat, tmp_path):
    left = iter(range(2))
    chat.on_request = lambda request: (
        None
        if next(left, None) is not None
        else status(429, "insufficient_quota", "You exceeded your current quota", retry_after_ms=1)
    )
    path = recipe(tmp_path, model(chat))
    said = build(path)
    assert "the account's quota is used up, it has no credit left (insufficient_quota)" in said
    assert "add credit, raise the limit in the account, or wait until it is renewed" in said
    done, every, *_ = kept(said)
    assert 0 < done < every
    chat.calm()
    assert "wait for people" in build(path)


def test_a_limit_on_characters_below_the_smallest_request_says_what_to_set(deepl, tmp_path):
    path = recipe(tmp_path, 'engine = "deepl"', "max_characters = 3")
    said = build(path)
    assert "max_characters = 3, of which 0 are spent" in said
    assert "--estimate" in said
    assert kept(said)[0] == 0
    assert deepl.count("/v2/translate") == 0
    enough = int(re.search(r"set max_characters to at least (\d+)", said)[1])
    recipe(tmp_path, 'engine = "deepl"', f"max_characters = {enough}")
    assert kept(build(path))[0] == 1
    assert 0 < deepl.characters <= enough


def test_a_limit_on_money_below_the_smallest_request_says_what_to_set(chat, tmp_path):
    path = recipe(tmp_path, model(chat, "gpt-5-mini"), "max_dollars = 0.0001")
    said = build(path)
    assert "max_dollars = 0.0001, of which 0 are spent, and it may cost up to 0.0" in said
    assert chat.count() == 0
    enough = re.search(r"set max_dollars to at least ([\d.]+)", said)[1]
    recipe(tmp_path, model(chat, "gpt-5-mini"), f"max_dollars = {enough}")
    assert kept(build(path))[0] > 0
