"""Which tokens are trained: compared token by token with files that a person has read."""

import json
import os
from pathlib import Path

import pytest
from training_units import chat

from bllossom_data.errors import TrainingError
from training.chat import (
    IGNORED,
    install_template,
    label_conversation,
    template_for_inference,
    truncate,
)

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "single_turn": chat("Which city?", "The city lies on a river."),
    "multi_turn": [
        *chat("산은?", "봄에는 꽃이 핀다."),
        *chat("Children?", "Children read books."),
    ],
    "system_prompt": chat("무엇을 읽는가?", "책을 읽는다.", system="짧게 답한다."),
    "multi_token_syllable": chat("무엇을 먹을까?", "떡"),
}


def shown(tokenizer, row) -> str:
    lines = []
    for token, label in zip(row.input_ids, row.labels, strict=True):
        mark = "trained" if label != IGNORED else "       "
        lines.append(f"{mark} {tokenizer.convert_ids_to_tokens(token)}")
    return "\n".join(lines) + "\n"


def check(name, text):
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def trained_text(tokenizer, row) -> str:
    return tokenizer.decode([label for label in row.labels if label != IGNORED])


@pytest.fixture(params=["llama3", "llama2"])
def template(request, tokenizer):
    assert install_template(tokenizer, request.param) == request.param
    return request.param


@pytest.mark.parametrize("case", CASES)
def test_labels_are_those_of_the_golden_file(tokenizer, template, case):
    row = label_conversation(tokenizer, CASES[case])
    check(f"{template}_{case}", shown(tokenizer, row))


@pytest.mark.parametrize("case", CASES)
def test_what_is_trained_reads_as_the_answers_and_their_ends(tokenizer, template, case):
    row = label_conversation(tokenizer, CASES[case])
    answers = [turn["content"] for turn in CASES[case] if turn["role"] == "assistant"]
    if template == "llama3":
        expected = "".join(answer + "<|eot_id|>" for answer in answers)
    else:
        expected = "".join(f" {answer} <|end_of_text|>" for answer in answers)
    assert trained_text(tokenizer, row) == expected


def test_every_byte_of_a_last_syllable_is_trained(tokenizer):
    install_template(tokenizer, "llama3")
    row = label_conversation(tokenizer, CASES["multi_token_syllable"])
    syllable = tokenizer("떡", add_special_tokens=False)["input_ids"]
    assert len(syllable) > 1, "the syllable must take several tokens for this to be a test"
    trained = [label for label in row.labels if label != IGNORED]
    assert trained == [*syllable, tokenizer.convert_tokens_to_ids("<|eot_id|>")]


def test_a_template_with_the_end_outside_of_the_marks_would_lose_bytes_of_the_syllable(tokenizer):
    """The trap itself, so that it is known why the shipped templates are as they are."""
    install_template(tokenizer, "llama3")
    moved = tokenizer.chat_template.replace(
        "{{- message['content'] | trim + '<|eot_id|>' }}\n        {%- endgeneration %}",
        "{{- message['content'] | trim }}\n        {%- endgeneration %}{{- '<|eot_id|>' }}",
    )
    assert moved != tokenizer.chat_template
    tokenizer.chat_template = moved
    row = label_conversation(tokenizer, CASES["multi_token_syllable"])
    assert trained_text(tokenizer, row) != "떡<|eot_id|>"


@pytest.mark.parametrize(("mode", "length"), [("keep_start", 34), ("keep_end", 12)])
def test_truncation_in_the_middle_of_an_answer(tokenizer, mode, length):
    install_template(tokenizer, "llama3")
    row = label_conversation(tokenizer, CASES["single_turn"])
    cut = truncate(row, length, mode)
    assert len(cut.input_ids) == length
    assert 0 < cut.trained < row.trained or mode == "keep_end"
    check(f"truncated_{mode}", shown(tokenizer, cut))


def test_the_template_that_is_saved_renders_the_same_text(tokenizer, template):
    marked = tokenizer.chat_template
    plain = template_for_inference(marked)
    assert "generation %}" in marked
    assert "generation %}" not in plain.replace("add_generation_prompt", "")
    for messages in CASES.values():
        texts = {
            tokenizer.apply_chat_template(messages, chat_template=one, tokenize=False)
            for one in (marked, plain)
        }
        assert len(texts) == 1


def test_the_prompt_of_generation_is_the_beginning_of_training_text(tokenizer, template):
    messages = CASES["system_prompt"]
    prompt = tokenizer.apply_chat_template(
        messages[:-1], add_generation_prompt=True, tokenize=False
    )
    assert tokenizer.apply_chat_template(messages, tokenize=False).startswith(prompt)


def test_the_template_follows_the_tokenizer_unless_one_is_chosen(tokenizer, tmp_path):
    assert install_template(tokenizer, None) == "llama3"
    assert tokenizer.eos_token == "<|eot_id|>"
    with pytest.raises(TrainingError, match="neither llama3 nor llama2"):
        install_template(tokenizer, "vicuna")
    (tmp_path / "a.jinja").write_text("{{ messages[0]['content'] }}")
    with pytest.raises(TrainingError, match="so nobody can tell what the"):
        install_template(tokenizer, str(tmp_path / "a.jinja"))
    (tmp_path / "b.jinja").write_text("<|im_start|>{% generation %}{% endgeneration %}")
    with pytest.raises(TrainingError, match=r"<\|im_start\|> is not in the tokenizer"):
        install_template(tokenizer, str(tmp_path / "b.jinja"))


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "no messages"),
        ([{"role": "user", "content": "a"}], "no assistant turn"),
        ([{"role": "bot", "content": "a"}], "role 'bot'"),
        ([{"role": "assistant", "content": None}], "no text"),
        (
            chat("What does <|eot_id|> do?", "It ends."),
            r"spells out the special token <\|eot_id\|>",
        ),
    ],
)
def test_what_is_no_conversation_is_told(tokenizer, messages, words):
    install_template(tokenizer, None)
    with pytest.raises(ValueError, match=words):
        label_conversation(tokenizer, messages)


@pytest.fixture(scope="module")
def sentencepiece_tokenizer(tmp_path_factory):
    """As Llama 2's: SentencePiece BPE with bytes for what it does not know, here most Hangul."""
    import sentencepiece
    from transformers import AutoTokenizer

    folder = tmp_path_factory.mktemp("sentencepiece")
    samples = Path(__file__).parents[2] / "bllossom_data" / "sample" / "documents"
    texts = [
        json.loads(line)["text"]
        for path in sorted(samples.glob("en-*.jsonl"))
        for line in path.read_text("utf-8").splitlines()[:20]
    ]
    (folder / "text.txt").write_text("\n".join(texts), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text.txt"),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=800,
        model_type="bpe",
        byte_fallback=True,
        minloglevel=2,
    )
    settings = {
        "tokenizer_class": "LlamaTokenizer",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "legacy": True,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return AutoTokenizer.from_pretrained(folder)


def test_llama_2s_kind_of_tokenizer_trains_every_byte_of_an_answer_too(sentencepiece_tokenizer):
    assert install_template(sentencepiece_tokenizer, None) == "llama2"
    row = label_conversation(sentencepiece_tokenizer, CASES["multi_token_syllable"])
    tokens = sentencepiece_tokenizer.convert_ids_to_tokens(row.input_ids)
    trained = [token for token, label in zip(tokens, row.labels, strict=True) if label != IGNORED]
    assert trained == ["▁", "<0xEB>", "<0x96>", "<0xA1>", "▁", "</s>"]
    row = label_conversation(sentencepiece_tokenizer, CASES["multi_turn"])
    assert trained_text(sentencepiece_tokenizer, row).split(" </s>") == [
        "봄에는 꽃이 핀다.",
        " Children read books.",
        "",
    ]
