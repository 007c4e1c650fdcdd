"""Extending a byte-level BPE: what is chosen, what stays, what is reached."""

import json
import shutil
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from training_units import SPECIAL, write_dataset
from vocabulary_units import sample_texts, write_byte_level_base, write_corpus

from bllossom_data.cli import main
from training.vocabulary.byte_level import ByteLevelBase, token_bytes
from training.vocabulary.continued_bpe import continue_bpe, is_hangul_or_its_beginning

TOKENS = 400
# llama.cpp knows tokenizers by the ids of such a text: many scripts and signs, no Hangul.
OTHER_SCRIPTS = (
    "\n \n\n \n\n\n \t \t\t 🚀 (normal) 😶‍🌫️ ✅ 🦙🦙 3 33 333 3.3 កាន់តែពិសេសអាច ꀀꀁ Вес 我想在apple工作 "
    "日本語 ힰ ᄒ ᅡ ㅋㅋ ''''''```````\"\"\"\"......!!!!!!?????? I've been 'told he's there, 'RE you"
)


def bllossom(*arguments, code=0):
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result.output if code else result.stdout


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vocabulary")
    base = write_byte_level_base(folder / "base")
    corpus = write_corpus(folder / "corpus")
    bllossom(
        "vocab", "train", base, corpus, folder / "ko.json", "--tokens", TOKENS, "--min-count", 3
    )
    told = bllossom("vocab", "merge", base, folder / "ko.json", folder / "extended", "--json")
    before, after = ByteLevelBase.read(base), ByteLevelBase.read(folder / "extended")
    return SimpleNamespace(
        base=base,
        corpus=corpus,
        vocabulary=folder / "ko.json",
        folder=folder / "extended",
        told=json.loads(told),
        before=before,
        after=after,
        tokenizers=(before.tokenizer(), after.tokenizer()),
    )


def fast(folder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def ids(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def test_new_tokens_come_after_all_old_ones_which_keep_their_ids(extended):
    before, after = extended.before.vocabulary, extended.after.vocabulary
    assert len(after) == len(before) + TOKENS
    assert {token: after[token] for token in before} == before
    new = sorted(after[token] for token in after if token not in before)
    first = max(before.values()) + 1
    assert new == list(range(first, first + TOKENS))
    assert extended.told["new_rows_from"] == first
    assert extended.told["tokens"] == first + TOKENS == len(fast(extended.folder))


@pytest.mark.parametrize("outside", [True, False])
def test_special_tokens_keep_their_ids_wherever_the_base_has_them(extended, tmp_path, outside):
    base = write_byte_level_base(tmp_path / "base", added_outside=outside)
    model = json.loads((base / "tokenizer.json").read_text())["model"]
    assert (SPECIAL[0] in model["vocab"]) is not outside
    content = json.loads(extended.vocabulary.read_text())
    content["base_sha256"] = ByteLevelBase.read(base).sha256
    content["merges"] = content["merges"][:1]
    (tmp_path / "one.json").write_text(json.dumps(content))
    bllossom("vocab", "merge", base, tmp_path / "one.json", tmp_path / "extended")
    old, new = fast(base), fast(tmp_path / "extended")
    text = f"{SPECIAL[0]}a{SPECIAL[4]}"
    assert ids(old, text) == ids(new, text)
    assert len(ids(new, text)) == 3
    assert new.eos_token_id == old.eos_token_id


def test_every_new_token_is_hangul_or_the_beginning_of_a_syllable(extended):
    new = [token for token in extended.after.vocabulary if token not in extended.before.vocabulary]
    assert all(is_hangul_or_its_beginning(token_bytes(token)) for token in new)


def test_every_new_token_is_reached_by_merges_alone(extended):
    model = extended.after.tokenizer(by_merges_alone=True).model
    for token in extended.after.vocabulary.keys() - extended.before.vocabulary.keys():
        assert [one.value for one in model.tokenize(token)] == [token]


@pytest.mark.parametrize("text", [*sample_texts("en")[:40], OTHER_SCRIPTS])
def test_text_without_hangul_keeps_its_ids(extended, text):
    assert not any(is_hangul_or_its_beginning(letter.encode()) for letter in text)
    assert ids(fast(extended.base), text) == ids(fast(extended.folder), text)


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text_comes_back_and_only_hangul_changes_ids(extended, text):
    old, new = extended.tokenizers
    after = new.encode(text, add_special_tokens=False).ids
    assert new.decode(after, skip_special_tokens=False) == text
    if not any("가" <= letter <= "힣" for letter in text):
        assert after == old.encode(text, add_special_tokens=False).ids


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), max_size=12))
def test_any_syllables_come_back_in_no_more_tokens_than_before(extended, text):
    old, new = extended.tokenizers
    after = new.encode(text, add_special_tokens=False).ids
    assert new.decode(after, skip_special_tokens=False) == text
    assert len(after) <= len(old.encode(text, add_special_tokens=False).ids)


def test_what_was_counted_is_what_the_encoder_does():
    """The merges, applied by the tokenizer, give the words as the trainer had them at its end."""
    from tokenizers import Tokenizer, models

    words = {"aab": 5, "abab": 7, "bb": 3, "aaab": 2}
    merges = continue_bpe(
        [(list(word), count) for word, count in words.items()],
        {"a": 0, "b": 1},
        lambda token: "bb" not in token,
        10,
        2,
    )
    assert [merge.token for merge in merges] == ["ab", "aab", "abab", "aaab"]
    assert [merge.count for merge in merges] == [5 + 14 + 2, 5 + 2, 7, 2]
    vocabulary = {
        token: number for number, token in enumerate(["a", "b", *(m.token for m in merges)])
    }
    model = Tokenizer(models.BPE(vocabulary, [(m.left, m.right) for m in merges])).model
    assert [[one.value for one in model.tokenize(word)] for word in words] == [
        ["aab"],
        ["abab"],
        ["b", "b"],
        ["aaab"],
    ]


def test_a_token_lies_within_one_morpheme(tmp_path, extended):
    """학교에서 is never one token, however often it occurs; a contracted syllable is not cut."""
    text = "큰 학교에서 배웠다. 큰 시장에서 샀다. 이 학교가 크다. 그는 저 학교에서 왔다."
    corpus = write_dataset(tmp_path / "c", {"train": [{"text": text, "language": "ko"}] * 30})
    bllossom(
        "vocab", "train", extended.base, corpus, tmp_path / "v", "--tokens", 500, "--min-count", 30
    )
    bllossom("vocab", "merge", extended.base, tmp_path / "v", tmp_path / "x")
    tokenizer = ByteLevelBase.read(tmp_path / "x").tokenizer()
    pieces = [tokenizer.decode([one]) for one in tokenizer.encode(text).ids]
    expected = "큰| 학교|에서| 배웠|다|.| 큰| 시장|에서| 샀|다|.| 이| 학교|가| 크|다|."
    assert "|".join(pieces).startswith(expected)


def test_rare_words_are_left_out_and_the_file_is_the_same_twice(tmp_path, extended):
    for name in ("one", "two"):
        said = bllossom(
            "vocab", "train", extended.base, extended.corpus, tmp_path / name,
            "--tokens", 100_000, "--min-count", 40,
        )  # fmt: skip
    assert "100,000 asked; no more occur 40 times" in said
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    content = json.loads((tmp_path / "one").read_text())
    assert content["merges"]
    assert min(row[2] for row in content["merges"]) >= 40
    assert content["corpus"]["dataset"] == "sample"


def test_the_audit_tells_what_the_extension_does(tmp_path, extended):
    arguments = ["vocab", "audit", extended.base, extended.folder, extended.corpus, "--strict"]
    found = json.loads(bllossom(*arguments, "--json"))
    assert found["new_tokens"] == TOKENS
    assert found["unreachable"] == []
    assert found["moved"] == 0
    assert 0 < found["used_ten_times"] < found["used"] <= TOKENS
    korean, english = found["languages"]["ko"], found["languages"]["en"]
    assert english["changed_without_hangul"] == 0 < english["without_hangul"]
    assert korean["broken_after"] == english["broken_after"] == 0
    assert korean["context_gain"] > 1.3
    # Counted once more, by transformers.
    lines = [line for text in sample_texts("ko")[::8] for line in text.splitlines() if line.strip()]
    assert korean["lines"] == len(lines)
    assert korean["words"] == sum(len(line.split()) for line in lines)
    for folder, key in ((extended.base, "tokens_before"), (extended.folder, "tokens_after")):
        tokenizer = fast(folder)
        assert korean[key] == sum(len(ids(tokenizer, line)) for line in lines)
    table = bllossom(*arguments, "--plot", tmp_path / "audit.png")
    assert "ko: tokens per eojeol" in table
    assert (tmp_path / "audit.png").read_bytes().startswith(b"\x89PNG")


def test_the_audit_finds_what_is_wrong(tmp_path, extended):
    """Tokens without their merges, and a merge that English meets."""
    broken = tmp_path / "broken"
    shutil.copytree(extended.folder, broken)
    content = json.loads((broken / "tokenizer.json").read_text())
    model = content["model"]
    dead = len(model["vocab"])
    model["vocab"]["ëĭ¤ëĭ¤ëĭ¤"] = dead
    model["vocab"]["ĠtheĠ"] = dead + 1
    model["vocab"]["tt"] = dead + 2
    model["merges"].insert(0, ["t", "t"])
    (broken / "tokenizer.json").write_text(json.dumps(content))
    output = bllossom("vocab", "audit", extended.base, broken, extended.corpus, "--strict", code=1)
    assert "2 new tokens cannot be reached" in output
    assert "English lines have other ids" in output


def test_mistakes_get_a_message(tmp_path, extended):
    other = write_byte_level_base(tmp_path / "other", added_outside=False)
    target = tmp_path / "target"
    output = bllossom("vocab", "merge", other, extended.vocabulary, target, code=1)
    assert "take the same base" in output
    assert not target.exists()
    (tmp_path / "half.json").write_text(extended.vocabulary.read_text()[:3000])
    output = bllossom("vocab", "merge", extended.base, tmp_path / "half.json", target, code=1)
    assert "not a file of `bllossom vocab train`" in output
    output = bllossom("vocab", "merge", extended.base, extended.vocabulary, extended.base, code=1)
    assert "is there already" in output
    output = bllossom("vocab", "train", tmp_path, extended.corpus, target, "--tokens", 5, code=1)
    assert "tokenizer.json: no such file" in output
    english = write_dataset(tmp_path / "en", {"train": [{"text": "No.", "language": "en"}]})
    output = bllossom("vocab", "train", extended.base, english, target, "--tokens", 5, code=1)
    assert "no Korean in split 'train'" in output
    output = bllossom("vocab", "audit", extended.base, "nowhere", extended.corpus, code=1)
    assert "nowhere: no such folder" in output
