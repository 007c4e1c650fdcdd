"""Small things that tests of training share: a tokenizer, a model, datasets, run files."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bllossom_data.manifest import Manifest, write_manifest

SPECIAL = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<|pad|>",
)
KOREAN = (
    "한국어 문장은 조사와 어미로 뜻을 잇는다. 봄에는 산에 꽃이 피고 여름에는 비가 많이 온다. "
    "아이들은 학교에서 책을 읽고 친구와 이야기한다. 서울은 한강을 끼고 있는 큰 도시이다."
)
ENGLISH = (
    "The committee will meet on Tuesday and discuss the new rules. Children read books at school "
    "and talk with their friends. The city lies on a wide river with many old bridges."
)
LLAMA = {
    "model_type": "llama",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
    "tie_word_embeddings": False,
}


def make_tokenizer(folder: Path, vocabulary: int = 400):
    """A byte-level BPE with Llama 3's special tokens, trained on a few sentences."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r" ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        # Mostly English, so that Korean syllables take several tokens.
        [ENGLISH] * 8 + [KOREAN],
        trainers.BpeTrainer(
            vocab_size=vocabulary,
            special_tokens=list(SPECIAL),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=SPECIAL[0],
        eos_token=SPECIAL[1],
        pad_token=SPECIAL[5],
    )
    fast.save_pretrained(folder)
    return fast


def write_dataset(folder: Path, rows: dict[str, list[dict]], name: str = "tiny") -> Path:
    """A built dataset: Parquet by split, and a manifest."""
    for split, table in rows.items():
        path = folder / "data" / f"{split}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(table), path)
    empty = Manifest(name, "2026.11.0-dev", "apache-2.0", ("ko", "en"), (), (), (), {}, {})
    write_manifest(folder, empty)
    return folder


def documents(count: int = 60) -> list[dict]:
    """Documents of unequal length in both languages."""
    rows = []
    for number in range(count):
        language = "ko" if number % 2 else "en"
        text = KOREAN if language == "ko" else ENGLISH
        words = text.split()
        start, length = (number * 7) % 11, 4 + (number * 13) % 29
        rows.append(
            {
                "id": f"{number:032x}",
                "text": f"{number} " + " ".join((words * 3)[start : start + length]),
                "language": language,
                "source": f"{language}-{number % 3}",
            }
        )
    return rows


def chat(user: str, assistant: str, system: str | None = None) -> list[dict]:
    first = [{"role": "system", "content": system}] if system else []
    return [
        *first,
        {"role": "user", "content": user},
        {"role": "assistant", "content": assistant},
    ]


def conversations(count: int = 24) -> list[dict]:
    rows = []
    for number in range(count):
        if number % 2:
            turn = chat(f"{number}번 산은?", "꽃이 피는 산이다. " * (1 + number % 4) + "떡")
        else:
            turn = chat(f"Which city is {number}?", "The city lies on a river. " * (1 + number % 3))
        rows.append({"messages": turn, "language": "ko" if number % 2 else "en"})
    return rows


def preferences(count: int = 16) -> list[dict]:
    return [
        {
            "prompt": [{"role": "user", "content": f"{number}번 문장을 읽어라."}],
            "chosen": [
                {"role": "assistant", "content": "책을 읽고 이야기한다." + "다" * (number % 3)}
            ],
            "rejected": [{"role": "assistant", "content": "No. " * (1 + number % 4)}],
        }
        for number in range(count)
    ]


def toml(value) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {toml(one)}" for name, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def write_run(
    path: Path,
    kind: str,
    dataset: Path,
    tokenizer: Path,
    *,
    model=None,
    trainer=None,
    more="",
    dataset_more="",
    model_more="",
) -> Path:
    """A run file for the CPU; `trainer` overrides its fields."""
    fields = {
        "max_steps": 4,
        "per_device_train_batch_size": 2,
        "max_length": 64,
        "learning_rate": 1e-3,
        "logging_steps": 1,
        "save_steps": 2,
        "gradient_checkpointing": False,
        "lr_scheduler_type": "constant",
        **(trainer or {}),
    }
    begin = (
        f'path = "{model}"'
        if model
        else f'config = {toml({**LLAMA, "vocab_size": 400})}\ntokenizer = "{tokenizer}"'
    )
    lines = [
        f'name = "{path.stem}"',
        f'kind = "{kind}"',
        more,
        "[model]",
        begin,
        'dtype = "float32"',
        model_more,
        "[[datasets]]",
        f'path = "{dataset}"',
        'name = "tiny"',
        dataset_more,
        "[trainer]",
        *(f"{name} = {toml(value)}" for name, value in fields.items()),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def one_thread() -> None:
    """Torch on one thread: tests run side by side, and results do not depend on the machine."""
    import torch

    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
