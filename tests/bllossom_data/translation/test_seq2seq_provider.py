"""Sentences for small models: taken apart, put together, and a tiny real model where torch is."""

import re

import pytest
from fakes.korean import drop_slot, pseudo_korean
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.errors import MissingPackageError, ModelError
from bllossom_data.translation.provider import Ask
from bllossom_data.translation.segments import SLOT
from bllossom_data.translation.sentences import sentences
from bllossom_data.translation.seq2seq_provider import Seq2SeqProvider
from bllossom_data.translation.seq2seq_sentences import translate_asks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", " ", "Two!", " ", "Three?"]),
        ('He said "Go." Then left.', ['He said "Go."', " ", "Then left."]),
        ("Mr. Kim and Dr. Lee met, e.g. at 3.5 km.", ["Mr. Kim and Dr. Lee met, e.g. at 3.5 km."]),
        ("First line\n  second. Third", ["First line", "\n  ", "second.", " ", "Third"]),
        ("See ⟦1⟧. Then ⟦2⟧.\n", ["See ⟦1⟧.", " ", "Then ⟦2⟧.", "\n", ""]),
        ("", [""]),
    ],
)
def test_sentences_end_where_a_reader_sees_an_end(text, expected):
    assert sentences(text) == expected


@given(st.text("ab .!?\n\r\t⟦1⟧\"')…", max_size=60))
def test_nothing_between_sentences_is_lost(text):
    parts = sentences(text)
    assert "".join(parts) == text
    assert all(part.isspace() for part in parts[1::2])


def engine(translate=pseudo_korean):
    asked = []

    def run(texts):
        asked.append(list(texts))
        return {text: translate(text) for text in texts}

    run.asked = asked
    return run


TEXT = "  Open ⟦1⟧ now. Wait 3 s,\nthen close ⟦2⟧ again.  \n\n⟦3⟧ 100%"


@pytest.mark.parametrize("keeps_slots", [True, False])
def test_a_text_comes_back_with_its_slots_numbers_and_white_space(keeps_slots):
    run = engine()
    (answer,) = translate_asks([Ask("a", TEXT)], run, keeps_slots)
    assert SLOT.findall(answer.text) == ["1", "2", "3"]
    assert re.findall(r"\s+$|^\s+|\n\s*", answer.text) == re.findall(r"\s+$|^\s+|\n\s*", TEXT)
    assert answer.text.endswith("\n\n⟦3⟧ 100%")
    assert not re.search("[A-Za-z]", answer.text)
    sent = [text for texts in run.asked for text in texts]
    assert any(SLOT.search(text) for text in sent) == keeps_slots
    assert all(re.search("[A-Za-z]", text) for text in sent)
    assert len(sent) == len(set(sent))


def test_a_sentence_whose_slot_got_lost_is_taken_apart_at_its_slots():
    run = engine(lambda text: drop_slot(pseudo_korean(text)))
    (answer,) = translate_asks([Ask("a", TEXT)], run, keeps_slots=True)
    assert SLOT.findall(answer.text) == ["1", "2", "3"]
    assert len(run.asked) == 2


def test_what_is_cut_off_is_a_fault_of_its_segment_alone():
    run = engine(lambda text: None if "long" in text else pseudo_korean(text))
    asks = [Ask("a", "Short. A long one."), Ask("b", "Short. Fine ⟦1⟧ long.")]
    answers = translate_asks([*asks, Ask("c", "Short.")], run, keeps_slots=False)
    assert [answer.fault for answer in answers] == ["truncated", "truncated", None]


@given(
    st.lists(
        st.sampled_from(["Word", "two", "⟦1⟧", "⟦2⟧", "5", " ", ". ", "\n", "! ", "(", ")"]),
        max_size=20,
    ).map("".join),
    st.booleans(),
)
def test_any_text_keeps_its_slots_and_lines(text, keeps_slots):
    (answer,) = translate_asks([Ask("a", text)], engine(), keeps_slots)
    assert answer.fault is None
    assert SLOT.findall(answer.text) == SLOT.findall(text)
    assert answer.text.count("\n") == text.count("\n")


def test_without_torch_the_missing_package_is_named(tmp_path):
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError:
        with pytest.raises(MissingPackageError, match="not installed"):
            Seq2SeqProvider(tmp_path)
    else:
        with pytest.raises(ModelError, match=r"config\.json"):
            Seq2SeqProvider(tmp_path)


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    """A Marian model with random weights and a tokenizer of the words of these tests."""
    torch = pytest.importorskip("torch", reason="torch is not installed: a local model cannot run")
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    words = ["<pad>", "</s>", "<unk>", "Open", "now", ".", "it", "Wait", "가", "나", "다", "라"]
    tokenizer = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(words)}, "<unk>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=64,
    )
    config = transformers.MarianConfig(
        vocab_size=len(words),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        max_position_embeddings=64,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
        forced_eos_token_id=None,
    )
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("model") / "tiny"
    model = transformers.MarianMTModel(config)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder, model


def test_a_tiny_model_answers_the_same_every_time_and_keeps_slots(tiny_model):
    folder, _ = tiny_model
    asks = [Ask("a", "Open it now. Wait ⟦1⟧."), Ask("b", "Wait."), Ask("c", "⟦1⟧ 5")]
    provider = Seq2SeqProvider(folder)
    first = provider.translate(asks)
    assert first == provider.translate(asks) == Seq2SeqProvider(folder).translate(asks)
    assert {answer.key for answer in first.answers} == {"a", "b", "c"}
    for answer, ask in zip(first.answers, asks, strict=True):
        assert answer.fault in (None, "truncated")
        assert answer.fault or SLOT.findall(answer.text) == SLOT.findall(ask.text)
    assert provider.settings() == Seq2SeqProvider(folder).settings()


def test_what_a_tiny_model_cannot_end_or_read_is_cut_off(tiny_model):
    folder, _ = tiny_model
    (answer,) = Seq2SeqProvider(folder).translate([Ask("a", "Wait " * 200 + ".")]).answers
    assert answer.fault == "truncated"
