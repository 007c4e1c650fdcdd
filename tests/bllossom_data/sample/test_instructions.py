"""The instruction examples of the sample keep what their README promises."""

import json
import unicodedata
from collections import Counter
from functools import cache
from importlib.resources import files

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

FOLDER = files("bllossom_data.sample") / "instructions"
LAYOUTS = ("items", "alpaca", "sharegpt", "messages")
ROLES = {"human": "user", "gpt": "assistant"}
AT_LEAST = {
    "how-to": 14,
    "code": 8,
    "maths": 6,
    "creative": 10,
    "us-advice": 14,
    "multi-turn": 6,
    "knowledge": 6,
    "seed": 4,
}
FAULTS = {"register", "untranslated", "numbers", "pronoun", "josa", "emphasis"}
LABELS = {"simply_transferred", "target_modified", "removed", "newly_created"}
KINDS = {"entity", "topic", "measure", "style", "josa"}
MIN_HANGUL = 0.5
MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, allow_space=False)


@cache
def rows(name):
    text = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def turns_of(row):
    """The (role, text) turns of a row in any of the four layouts."""
    if "messages" in row:
        return [(turn["role"], turn["content"]) for turn in row["messages"]]
    if "instruction" in row:
        asked = "\n\n".join(part for part in (row["instruction"], row["input"]) if part)
        return [("user", asked), *([("assistant", row["output"])] if row["output"] else [])]
    turns = row["conversations"]
    if isinstance(turns[0], dict):
        return [(ROLES.get(turn["from"], turn["from"]), turn["value"]) for turn in turns]
    return list(zip(("user", "assistant") * len(turns), turns, strict=False))


ENGLISH = {row["id"]: turns_of(row) for name in LAYOUTS for row in rows(name)}
KOREAN = {row["id"]: row["translations"] for row in rows("translations")}
GOLD = {row["id"]: row for row in rows("gold")}
SPLIT = {row["id"]: row["split"] for name in LAYOUTS for row in rows(name)}
FAULTY_TURNS = {(row["id"], row["turn"]): row["fault"] for row in rows("faults")}


def blocks(text):
    """Every block with its content where no translator may touch it."""
    kept = ("fence", "code_block", "math_block", "html_block")
    return [
        (token.type, token.tag, token.info, token.content if token.type in kept else "")
        for token in MARKDOWN.parse(text)
        if token.type != "inline"
    ]


def inline(text):
    return [child for token in MARKDOWN.parse(text) for child in token.children or ()]


def protected(text):
    """Inline code, maths and addresses, in an order that does not depend on the language."""
    found = [(one.type, one.content) for one in inline(text) if one.type.endswith("_inline")]
    found += [("link", str(one.attrs["href"])) for one in inline(text) if one.type == "link_open"]
    return sorted(found)


def emphasis(text):
    return Counter(one.type for one in inline(text) if one.type in ("em_open", "strong_open"))


def hangul_share(text):
    """Hangul among the letters of the prose: code, maths and addresses do not count."""
    prose = "".join(one.content for one in inline(text) if one.type == "text")
    letters = [letter for letter in prose if letter.isalpha()]
    hangul = [letter for letter in letters if "가" <= letter <= "힣"]
    return len(hangul) / len(letters) if letters else 1.0


def test_every_category_and_both_splits_have_their_number():
    everything = [row for name in LAYOUTS for row in rows(name)]
    found = Counter(row["category"] for row in everything)
    assert set(found) == set(AT_LEAST)
    assert all(found[category] >= least for category, least in AT_LEAST.items()), found
    splits = Counter(row["split"] for row in everything)
    assert set(splits) == {"train", "test"}
    assert splits["test"] >= 8
    assert splits.total() >= 66
    assert [len(rows(name)) for name in LAYOUTS] == [63, 6, 3, 3]


def test_every_id_is_there_once_in_each_file():
    ids = [row["id"] for name in LAYOUTS for row in rows(name)]
    assert len(set(ids)) == len(ids)
    for name in ("translations", "gold"):
        found = [row["id"] for row in rows(name)]
        assert len(set(found)) == len(found), name
    assert set(GOLD) == set(ids)
    assert {key for key, _ in FAULTY_TURNS} <= set(ids)
    missing = {key for (key, _), fault in FAULTY_TURNS.items() if fault == "missing_translation"}
    assert set(ids) - set(KOREAN) == missing
    assert len(missing) == 3


def test_all_text_is_nfc():
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        assert unicodedata.normalize("NFC", text) == text, path.name


@pytest.mark.parametrize("key", ENGLISH)
def test_turns_alternate_and_a_test_question_has_no_answer(key):
    roles = [role for role, _ in ENGLISH[key]]
    spoken = roles[1:] if roles[0] == "system" else roles
    expected = ["user"] if SPLIT[key] == "test" else ["user", "assistant"] * (len(spoken) // 2)
    assert spoken == expected
    assert all(text.strip() == text != "" for _, text in ENGLISH[key])


@pytest.mark.parametrize("key", KOREAN)
def test_a_translation_has_the_structure_and_the_protected_bytes_of_the_english(key):
    assert len(KOREAN[key]) == len(ENGLISH[key])
    for turn, ((_, english), korean) in enumerate(zip(ENGLISH[key], KOREAN[key], strict=True)):
        assert blocks(korean) == blocks(english), turn
        assert protected(korean) == protected(english), turn
        broken = FAULTY_TURNS.get((key, turn)) == "emphasis"
        assert (emphasis(korean) == emphasis(english)) is not broken, turn


def test_the_planted_faults_are_of_the_known_kinds_and_there():
    planted = {at: fault for at, fault in FAULTY_TURNS.items() if fault != "missing_translation"}
    assert set(planted.values()) == FAULTS
    assert len({key for key, _ in planted}) == 12
    for (key, turn), fault in planted.items():
        korean = KOREAN[key][turn]
        published = GOLD[key]["messages"][turn]["content"]
        assert korean != published
        if fault == "pronoun":
            assert "당신" in korean
        if fault == "untranslated":
            assert hangul_share(korean) < hangul_share(published)


def test_only_planted_faults_leave_the_pronoun_in_a_translation():
    faulty = {at for at, fault in FAULTY_TURNS.items() if fault == "pronoun"}
    found = {
        (key, turn)
        for key, turns in KOREAN.items()
        for turn, text in enumerate(turns)
        if "당신" in text
    }
    assert found == faulty


@pytest.mark.parametrize("key", GOLD)
def test_the_published_korean_has_the_roles_of_the_english_and_is_korean(key):
    row = GOLD[key]
    assert row["label"] in LABELS
    assert row["note"]
    if row["label"] == "removed":
        assert row["messages"] == []
        return
    assert [one["role"] for one in row["messages"]] == [role for role, _ in ENGLISH[key]]
    for one in row["messages"]:
        assert hangul_share(one["content"]) > MIN_HANGUL
        assert "당신" not in one["content"]
        assert "에 의해" not in one["content"]


@pytest.mark.parametrize("key", GOLD)
def test_an_expected_edit_is_found_in_the_translation_and_in_the_published_korean(key):
    published = "\n".join(one["content"] for one in GOLD[key]["messages"])
    for edit in GOLD[key]["edits_expected"]:
        assert edit["kind"] in KINDS
        assert edit["before"] in "\n".join(KOREAN[key])
        assert edit["after"] in published
    if GOLD[key]["label"] in ("target_modified", "newly_created"):
        assert GOLD[key]["edits_expected"]
