"""The entity catalogue: what it holds, and how it tells what is wrong with one."""

import re
import shutil
import unicodedata
from collections import Counter

import pytest

from bllossom_data.errors import LocalizationError
from bllossom_data.localization.catalogue import (
    ENTITY_TYPES,
    FOLDER,
    built_in,
    load_catalogue,
)

CONTEXTS = """
[groups]
shopping = ["buy*"]

[[vetoes]]
name = "korea"
reason = "한국 글입니다."
scope = "item"
words = ["Korea"]
"""
GOOD = """
type = "place"

[[entities]]
id = "place-0001"
source = "Mount Stuart"
policy = "substitute"
korean = ["스튜어트산"]
counterpart = { text = "북한산", reading = "북한산" }
why = "오르는 산이라는 역할이 같습니다."
applies = ["@shopping"]
"""


def written(folder, place=GOOD, contexts=CONTEXTS):
    (folder / "contexts.toml").write_text(contexts, encoding="utf-8")
    (folder / "place.toml").write_text(place, encoding="utf-8")
    return folder


def test_the_built_in_catalogue_is_large_and_knows_what_to_keep():
    counts = Counter(one.policy for one in built_in().entities)
    assert counts["substitute"] >= 700
    assert counts["keep"] >= 550
    assert counts["gloss"] >= 80
    assert counts["transliterate"] >= 2


def test_every_type_has_entries():
    assert {one.type for one in built_in().entities} == set(ENTITY_TYPES)


def test_no_name_and_no_id_is_used_twice():
    names = Counter(name for one in built_in().entities for name in one.names)
    assert not [name for name, number in names.items() if number > 1]
    assert len({one.id for one in built_in().entities}) == len(built_in().entities)


def test_every_policy_has_what_it_needs():
    for one in built_in().entities:
        assert (one.policy == "substitute") == bool(one.targets), one.id
        assert (one.policy == "gloss") == bool(one.gloss), one.id
        assert one.korean, one.id
        assert one.why.endswith("다."), one.id
        assert one.dependency != "whole_answer" or (one.review and one.facts), one.id


def test_readings_are_hangul_and_texts_nfc():
    for one in built_in().entities:
        for target in one.targets:
            assert re.fullmatch(r"[가-힣 ]+", target.reading), one.id
        texts = [*one.korean, one.why, one.gloss or "", *(target.text for target in one.targets)]
        assert all(text == unicodedata.normalize("NFC", text) for text in texts), one.id


def test_no_plain_form_is_the_counterpart_of_the_same_name_alone():
    for one in built_in().entities:
        if one.policy == "substitute":
            forms = {form.replace(" ", "") for form in one.korean}
            targets = {target.text.replace(" ", "") for target in one.targets}
            assert forms - targets, one.id


def test_a_good_catalogue_is_read(tmp_path):
    catalogue = load_catalogue(written(tmp_path))
    assert [one.source for one in catalogue.entities] == ["Mount Stuart"]
    assert catalogue.groups == {"shopping": ("buy*",)}


MISTAKES = {
    "unknown key": ('why = "오', 'whyy = "x"\nwhy = "오', "place-0001: whyy: unknown key"),
    "missing key": (
        'why = "오르는 산이라는 역할이 같습니다."\n',
        "",
        "place-0001: why: is missing",
    ),
    "wrong policy": ('"substitute"', '"replace"', "'replace'"),
    "no counterpart": (
        'counterpart = { text = "북한산", reading = "북한산" }\n',
        "",
        "counterpart: is missing",
    ),
    "reading in Latin": ('reading = "북한산"', 'reading = "Bukhansan"', "must be Hangul"),
    "reading of another word": ('reading = "북한산"', 'reading = "설악"', "does not end as"),
    "text that ends in a bracket": (
        'text = "북한산"',
        'text = "북한산(836m)"',
        "must end with a letter",
    ),
    "unknown group": ("@shopping", "@shoping", "no such group"),
    "bad expression": ("@shopping", "/(/", "not a regular expression"),
    "decomposed Korean": (
        "스튜어트산",
        unicodedata.normalize("NFD", "스튜어트산"),
        "must be in NFC",
    ),
    "gloss beside a counterpart": ('why = "오', 'gloss = "산"\nwhy = "오', "no other may have it"),
    "facts without dependency": (
        'why = "오',
        'facts = ["높이"]\nwhy = "오',
        "needed with dependency",
    ),
    "whole answer without a person": (
        'why = "오',
        'dependency = "whole_answer"\nfacts = ["높이"]\nwhy = "오',
        "needs a person",
    ),
    "id of another type": ("place-0001", "food-0001", "must be place-"),
    "two entries of one name": (
        "",
        GOOD.split('"place"')[1].replace("0001", "0002"),
        "already belongs",
    ),
    "broken TOML": ("[[entities]]", "[[entities]", "cannot be read"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path, name):
    old, new, told = MISTAKES[name]
    text = GOOD.replace(old, new, 1) if old else GOOD + new
    with pytest.raises(LocalizationError) as error:
        load_catalogue(written(tmp_path, text))
    assert told in str(error.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    bad = GOOD.replace("@shopping", "@none").replace('reading = "북한산"', 'reading = "x"')
    contexts = CONTEXTS.replace('"Korea"', '"@nowhere"')
    with pytest.raises(LocalizationError) as error:
        load_catalogue(written(tmp_path, bad, contexts))
    message = str(error.value)
    assert "3 mistakes" in message
    assert "@none" in message
    assert "'x'" in message
    assert "@nowhere" in message


def test_a_missing_contexts_file_is_told(tmp_path):
    shutil.copy(FOLDER / "food.toml", tmp_path)
    with pytest.raises(LocalizationError, match=r"contexts\.toml: cannot be read"):
        load_catalogue(tmp_path)
