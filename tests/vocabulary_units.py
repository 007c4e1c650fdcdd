"""A corpus and base tokenizers for the tests of vocabularies, made from the sample documents."""

import json
from pathlib import Path

from training_units import LLAMA, SPECIAL, write_dataset

SAMPLE = Path(__file__).parents[1] / "bllossom_data" / "sample" / "documents"
# The words of Llama 3's tokenizer, as its tokenizer.json has them.
LLAMA3_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def sample_texts(language: str) -> list[str]:
    texts = []
    for path in sorted(SAMPLE.glob(f"{language}-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            texts.append(json.loads(line)["text"])
    return texts


def write_corpus(folder: Path) -> Path:
    """Sample documents in both languages, one of eight held out."""
    rows: dict[str, list[dict]] = {"train": [], "validation": []}
    for language in ("ko", "en"):
        for number, text in enumerate(sample_texts(language)):
            split = "train" if number % 8 else "validation"
            rows[split].append({"text": text, "language": language})
    return write_dataset(folder, rows, "sample")


def write_byte_level_base(folder: Path, *, added_outside: bool = True) -> Path:
    """A tokenizer of Llama 3's kind that knows English and a little Korean.

    Its special tokens lie outside of the model, after its tokens, as Llama 3's do, and words that
    are tokens are looked up (`ignore_merges`).
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA3_WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        sample_texts("en") + sample_texts("ko")[::20],
        trainers.BpeTrainer(
            vocab_size=1200,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            special_tokens=[] if added_outside else list(SPECIAL),
            show_progress=False,
        ),
    )
    tokenizer.add_special_tokens(list(SPECIAL))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=SPECIAL[0],
        eos_token=SPECIAL[1],
        pad_token=SPECIAL[5],
    ).save_pretrained(folder)
    return folder


def write_model(folder: Path, rows: int, **fields) -> Path:
    """Random weights of a small Llama."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(11)
    config = {**LLAMA, "vocab_size": rows, **fields}
    kind = config.pop("model_type")
    AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **config)).save_pretrained(folder)
    return folder


def write_piece_model(path: Path, texts: list[str], model_type: str, vocabulary: int, **more):
    """A SentencePiece model."""
    import sentencepiece

    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(line for text in texts for line in text.splitlines() if line),
            model_writer=file,
            model_type=model_type,
            vocab_size=vocabulary,
            minloglevel=2,
            **more,
        )
    return path


def write_piece_base(folder: Path, texts: list[str] | None = None, vocabulary: int = 1500) -> Path:
    """A tokenizer of Llama 2's kind: SentencePiece BPE, bytes for what it does not know."""
    folder.mkdir(parents=True)
    write_piece_model(
        folder / "tokenizer.model",
        texts or sample_texts("en") + sample_texts("ko")[::40],
        "bpe",
        vocabulary,
        byte_fallback=True,
        normalization_rule_name="identity",
        split_digits=True,
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        character_coverage=0.9995,
    )
    config = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "legacy": False}
    config["tokenizer_class"] = "LlamaTokenizer"
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def write_korean_pieces(path: Path, vocabulary: int, texts: list[str] | None = None) -> Path:
    """A unigram model of Korean, as KoBERT's is."""
    return write_piece_model(path, texts or sample_texts("ko"), "unigram", vocabulary)
