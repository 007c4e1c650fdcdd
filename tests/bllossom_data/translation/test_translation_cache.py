"""An answer is found by its content in every process, and a failure is never an answer."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.errors import BllossomError
from bllossom_data.translation.budget import Spent
from bllossom_data.translation.cache import Cache, CachedAnswer, Failure, cache_key
from bllossom_data.translation.memory import Memory
from bllossom_data.translation.provider import Ask, Usage

ROOT = Path(__file__).parents[3]
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
ASKS = st.builds(
    Ask,
    key=TEXT,
    text=TEXT,
    kind=st.sampled_from(["paragraph", "heading"]),
    role=st.sampled_from(["user", "assistant"]),
    context=TEXT,
    glossary=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    correction=st.none() | TEXT,
)


@pytest.fixture
def cache(tmp_path):
    made = Cache(tmp_path / "cache.sqlite")
    yield made
    made.close()


@given(ASKS, ASKS, st.data())
def test_two_questions_share_a_key_exactly_if_they_say_the_same(one, two, data):
    for field in fields(Ask):
        if data.draw(st.booleans(), label=field.name):
            two = replace(two, **{field.name: getattr(one, field.name)})
    same = replace(one, key="") == replace(two, key="")
    assert (cache_key("p", {}, one) == cache_key("p", {}, two)) is same


def test_provider_and_settings_belong_to_the_key():
    ask = Ask("a", "Hi")
    keys = {
        cache_key("deepl", {}, ask),
        cache_key("openai:m", {}, ask),
        cache_key("openai:m", {"prompt_version": 1}, ask),
        cache_key("openai:m", {"prompt_version": 2}, ask),
        cache_key("openai:m", {"prompt_version": "2"}, ask),
    }
    assert len(keys) == 5
    order = cache_key("p", {"a": 1, "b": 2}, ask), cache_key("p", {"b": 2, "a": 1}, ask)
    assert order[0] == order[1]


def test_another_process_computes_the_same_key():
    code = (
        "from bllossom_data.translation.cache import cache_key\n"
        "from bllossom_data.translation.provider import Ask\n"
        "print(cache_key('p', {'b': 1, 'a': [1.5, None]}, Ask('x', '가 ⟦1⟧', glossary=(('a', '나'),))))"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    ask = Ask("other", "가 ⟦1⟧", glossary=(("a", "나"),))
    assert made == {cache_key("p", {"a": [1.5, None], "b": 1}, ask)}


def test_answers_survive_closing_and_failures_are_no_answers(tmp_path, cache):
    good = CachedAnswer("k1", "p", "번역 ⟦1⟧", Usage(1, 20, 3, 4), 0.5)
    bad = CachedAnswer("k2", "p", "echo")
    cache.put_many([good], [bad], [Failure("k3", "p", "refused", "정책")])
    cache.close()
    again = Cache(tmp_path / "cache.sqlite")
    found = again.get_many(["k1", "k2", "k3", "k4"])
    assert found.keys() == {"k1"}
    assert replace(found["k1"], created="") == good
    assert found["k1"].created
    assert again.rejected_many(["k1", "k2", "k3"]).keys() == {"k2"}
    (failure,) = again.failures()
    assert (failure.fault, failure.detail) == ("refused", "정책")
    assert failure.created
    stats = again.stats()
    assert (stats.answers, stats.rejected, stats.failures) == (1, 1, 1)


def test_the_first_answer_to_a_question_stays(cache):
    cache.put_many([CachedAnswer("k", "p", "첫째")])
    known = cache.put_many([CachedAnswer("k", "p", "둘째")])
    assert known["k"].text == "첫째"
    assert cache.get_many(["k"])["k"].text == "첫째"
    assert cache.put_many(rejected=[CachedAnswer("k", "p", "셋째")])["k"].text == "첫째"
    assert cache.rejected_many(["k"]) == {}


def test_the_newest_failure_counts(cache):
    cache.put_many(failures=[Failure("k", "p", "refused")])
    cache.put_many(failures=[Failure("k", "p", "failed", "503")])
    assert cache.failures_many(["k"])["k"].fault == "failed"
    assert len(cache.failures()) == 2


def test_an_answer_changes_its_table_when_a_check_changes_its_mind(cache):
    cache.put_many([CachedAnswer("a", "p", "가")], [CachedAnswer("b", "p", "나")])
    cache.judge_again(accepted=["b"], rejected=["a"])
    assert cache.get_many(["a", "b"]).keys() == {"b"}
    assert cache.rejected_many(["a", "b"]).keys() == {"a"}


def test_more_keys_than_a_query_takes_are_all_found(cache):
    cache.put_many([CachedAnswer(f"k{number}", "p", "가") for number in range(1_234)])
    assert len(cache.get_many([f"k{number}" for number in range(2_000)])) == 1_234


def test_a_request_counts_in_full_until_it_is_settled(cache):
    first = cache.open_request("build", "p", Usage(1, 100, 0, 50), 2.0)
    cache.open_request("build", "p", Usage(1, 100, 0, 50), 2.0)
    cache.open_request("other", "q", Usage(1, 7, 0, 0), None)
    assert cache.spent("build") == Spent(Usage(2, 200, 0, 100), 4.0)
    cache.put_many(settled=[(first, Usage(1, 60, 0, 5), 0.25)])
    assert cache.spent("build") == Spent(Usage(2, 160, 0, 55), 2.25)
    assert cache.spent() == Spent(Usage(3, 167, 0, 55), 2.25)


def test_several_processes_write_at_once_and_nothing_is_lost(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from bllossom_data.translation.cache import Cache, CachedAnswer\n"
        "cache = Cache(Path(sys.argv[1]))\n"
        "for n in range(40):\n"
        "    cache.put_many([CachedAnswer(f'{sys.argv[2]}-{n}', 'p', '가'), CachedAnswer(f'both-{n}', 'p', sys.argv[2])])"
    )
    path = tmp_path / "cache.sqlite"
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path), str(number)], cwd=ROOT)
        for number in range(4)
    ]
    assert [one.wait(60) for one in running] == [0, 0, 0, 0]
    assert Cache(path).stats().answers == 4 * 40 + 40


@pytest.mark.parametrize("content", [b"not a database, but a note\n" * 50, b"x"])
def test_a_file_that_is_something_else_is_refused_and_stays(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(BllossomError, match=r"notes.txt: is not a translation cache"):
        Cache(path)
    assert path.read_bytes() == content


def test_a_foreign_database_is_refused_and_stays(tmp_path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")
    before = path.read_bytes()
    with pytest.raises(BllossomError, match="but not a translation cache"):
        Cache(path)
    assert path.read_bytes() == before
    Memory(tmp_path / "memory.sqlite").close()
    with pytest.raises(BllossomError, match="but not a translation cache"):
        Cache(tmp_path / "memory.sqlite")


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "cache.sqlite"
    cache = Cache(path)
    cache.put_many([CachedAnswer(f"k{number}", "p", "가" * 200) for number in range(500)])
    cache.close()
    content = bytearray(path.read_bytes())
    content[4096 : len(content) // 2] = os.urandom(len(content) // 2 - 4096)
    path.write_bytes(content)
    with pytest.raises(BllossomError, match=r"cache.sqlite: this translation cache is damaged"):
        Cache(path)


def test_a_folder_or_another_version_is_refused(tmp_path):
    with pytest.raises(BllossomError, match="cannot be"):
        Cache(tmp_path)
    path = tmp_path / "cache.sqlite"
    Cache(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(BllossomError, match="of version 99"):
        Cache(path)


def test_a_cache_of_the_version_before_is_brought_up_and_loses_nothing(tmp_path):
    path = tmp_path / "cache.sqlite"
    cache = Cache(path)
    cache.put_many([CachedAnswer("k", "p", "가")])
    cache.open_request("build", "p", Usage(1, 100, 0, 50), 2.0)
    cache.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE requests DROP COLUMN content")
        connection.execute("PRAGMA user_version = 1")
    cache = Cache(path)
    assert cache.get_many(["k"])["k"].text == "가"
    assert cache.spent("build").dollars == 2.0
    number = cache.open_request("build", "p", Usage(1, 1, 0, 0), None, "what is asked")
    assert cache.open_contents("build") == {"what is asked": number}
    cache.put_many(settled=[(number, Usage(1, 1, 0, 0), None)])
    assert cache.open_contents("build") == {}
