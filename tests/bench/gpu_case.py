"""One case of the GPU benchmark: a trainer over random rows, and its steps on the clock."""

import itertools
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MODELS = {
    "tiny": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 512,
    },
    "1b": {
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 64,
        "vocab_size": 128256,
        "tie_word_embeddings": True,
    },
    "3b": {
        "hidden_size": 3072,
        "intermediate_size": 8192,
        "num_hidden_layers": 28,
        "num_attention_heads": 24,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 128256,
        "tie_word_embeddings": True,
    },
    "8b": {
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 128256,
    },
}
STAGES = ("pretrain", "sft-packed", "sft-padded", "dpo", "dpo-precomputed")
WARM_UP, TIMED = 5, 20
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement; `rows` sequences of `tokens` tokens at once, `dtype` of the weights."""

    model: str
    stage: str
    attention: str
    compiled: bool
    checkpointing: str
    rows: int
    tokens: int
    dtype: str
    lora: bool

    @property
    def name(self) -> str:
        compiled = "-compiled" if self.compiled else ""
        return f"{self.model}-{self.stage}-{self.attention}{compiled}-{self.checkpointing}-{self.rows}x{self.tokens}"


def document_lengths(generator, tokens, total):
    """Lengths as of web documents and conversations: many short ones, a long tail."""
    import numpy as np

    found = []
    while sum(found) < total:
        found.append(int(np.clip(generator.lognormal(5.8, 0.9), 8, tokens)))
    return found


def words_tokenizer(vocabulary):
    """A tokenizer without a file: word `w7` is token 7."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    names = {f"w{number}": number for number in range(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(names, unk_token="w0"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="w1", eos_token="w2", pad_token="w3", unk_token="w0"
    )


def packed_rows(generator, case, count):
    """Rows for the trainer of pretraining and SFT; of conversations, half is trained."""
    import numpy as np
    from datasets import Dataset

    vocabulary = MODELS[case.model]["vocab_size"]
    rows = []
    if case.stage == "sft-padded":
        groups = [
            [length]
            for length in document_lengths(generator, case.tokens, count * case.tokens)[:count]
        ]
    else:
        groups = []
        lengths = iter(document_lengths(generator, case.tokens, count * case.tokens))
        left = next(lengths)
        while len(groups) < count:
            row, room = [], case.tokens
            while room:
                taken = min(left, room)
                row.append(taken)
                room, left = room - taken, left - taken
                if not left:
                    left = next(lengths, case.tokens)
            groups.append(row)
    for row in groups:
        ids = generator.integers(4, vocabulary, sum(row), dtype=np.int32)
        labels = ids.copy()
        if case.stage.startswith("sft"):
            start = 0
            for length in row:
                labels[start : start + length // 2] = -100
                start += length
        rows.append(
            {
                "input_ids": ids,
                "labels": labels,
                "groups": np.zeros(len(ids), np.int32),
                "seq_lengths": row,
            }
        )
    return Dataset.from_dict({name: [row[name] for row in rows] for name in rows[0]})


def pairs(generator, case, count):
    """Preference pairs of words."""
    from datasets import Dataset

    vocabulary = MODELS[case.model]["vocab_size"]
    lengths = document_lengths(generator, case.tokens, 2 * count * case.tokens)

    def text(length):
        return " ".join(f"w{number}" for number in generator.integers(4, vocabulary, length))

    rows = []
    for index in range(count):
        first, second = lengths[2 * index], lengths[2 * index + 1]
        prompt = max(2, min(first, second, case.tokens) // 4)
        rows.append(
            {
                "prompt": text(prompt) + " ",
                "chosen": text(max(2, first - prompt)),
                "rejected": text(max(2, second - prompt)),
            }
        )
    return Dataset.from_list(rows)


def matrix_product_flops(device):
    """FLOP per second of a large matrix product, the most that a model can hope for.

    In bf16 on a GPU; in float32 on a CPU, where the model computes in it and bf16 may be emulated.
    """
    import torch

    size, dtype = (8192, torch.bfloat16) if device == "cuda" else (512, torch.float32)
    left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    for _ in range(3):
        left @ right
    synchronize(device)
    begun = time.perf_counter()
    for _ in range(10):
        left @ right
    synchronize(device)
    return 10 * 2 * size**3 / (time.perf_counter() - begun)


def synchronize(device):
    import torch

    if device == "cuda":
        torch.cuda.synchronize()


class Clock:
    """Time of every optimizer step; on a GPU by its own events, so that nothing has to wait."""

    def __init__(self, device):
        self.device = device
        self.marks = []

    def mark(self):
        import torch

        if self.device == "cuda":
            event = torch.cuda.Event(enable_timing=True)
            event.record()
            self.marks.append(event)
        else:
            self.marks.append(time.perf_counter())

    def seconds(self):
        synchronize(self.device)
        if self.device == "cuda":
            return [one.elapsed_time(other) / 1000 for one, other in itertools.pairwise(self.marks)]
        return [other - one for one, other in itertools.pairwise(self.marks)]


def timed(trainer, device):
    """The trainer's steps on the clock, and the tokens of each."""
    from transformers import TrainerCallback

    clock, tokens = Clock(device), []

    class Steps(TrainerCallback):
        def on_step_end(self, *_, **__):
            clock.mark()

    good = trainer.get_batch_samples

    def counted(*arguments, **options):
        batches, items = good(*arguments, **options)
        real = every = 0
        for batch in batches:
            every += batch["input_ids"].numel()
            real += (
                int((batch["groups"] >= 0).sum())
                if "groups" in batch
                else int(batch["attention_mask"].sum())
            )
        tokens.append((real, every))
        return batches, items

    trainer.get_batch_samples = counted
    trainer.add_callback(Steps())
    trainer.train()
    return clock.seconds(), tokens


def trainer_of(case, device, folder, steps):
    """The trainer that `bllossom train` would use."""
    import numpy as np
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from bllossom_data.progress import no_progress
    from training.collating import PackedCollator, is_flattened
    from training.models import adapter_config, compile_layers
    from training.run_file import Run
    from training.token_trainer import TokenTrainer
    from training.trainer_config import for_prepared_rows, trainer_config
    from training.tuning import PreferenceTrainer

    kind = (
        "dpo" if case.stage.startswith("dpo") else "pretrain" if case.stage == "pretrain" else "sft"
    )
    fields = {
        "max_steps": steps,
        "per_device_train_batch_size": case.rows,
        "max_length": case.tokens,
        "save_strategy": "no",
        "logging_steps": steps,
        "gradient_checkpointing": case.checkpointing != "none",
        "use_cpu": device == "cpu",
        "bf16": device != "cpu",
        "optim": "adamw_torch_fused" if device == "cuda" else "adamw_torch",
    }
    if case.checkpointing == "selective":
        fields["gradient_checkpointing_kwargs"] = {"selective": True}
    if kind == "dpo":
        fields["precompute_ref_log_probs"] = case.stage == "dpo-precomputed"
    run = Run.model_validate(
        {
            "name": "bench",
            "kind": kind,
            "model": {"config": MODELS[case.model], "dtype": case.dtype},
            "datasets": [{"path": "/none", "name": "random"}],
            "trainer": fields,
            "adapter": {"r": 16, "lora_alpha": 32, "target_modules": PROJECTIONS}
            if case.lora
            else None,
        }
    )
    config = trainer_config(run, folder)
    torch.manual_seed(0)
    shape = AutoConfig.for_model("llama", **MODELS[case.model], max_position_embeddings=8192)
    with torch.device(device):
        model, reference = (
            AutoModelForCausalLM.from_config(
                shape, dtype=getattr(torch, case.dtype), attn_implementation=case.attention
            )
            if wanted
            else None
            for wanted in (True, kind == "dpo" and not case.lora and case.stage == "dpo")
        )
    if case.compiled:
        compile_layers(model)
    tokenizer = words_tokenizer(MODELS[case.model]["vocab_size"])
    generator = np.random.default_rng(0)
    common = {
        "model": model,
        "processing_class": tokenizer,
        "position": {},
        "peft_config": adapter_config(run),
    }
    if kind == "dpo":
        return PreferenceTrainer(
            args=config,
            progress=no_progress(),
            ref_model=reference,
            train_dataset=pairs(generator, case, steps * case.rows),
            **common,
        ), model
    return (
        TokenTrainer(
            args=for_prepared_rows(config),
            data_collator=PackedCollator(3, is_flattened(case.attention)),
            train_dataset=packed_rows(generator, case, steps * case.rows),
            group_names=("random",),
            in_order=True,
            **common,
        ),
        model,
    )


def measure(case, device, steps):
    """One case, in this process."""
    import torch

    from training.throughput import gpu_named, model_size

    product = matrix_product_flops(device)
    with tempfile.TemporaryDirectory() as folder:
        trainer, model = trainer_of(case, device, Path(folder), WARM_UP + steps)
        seconds, tokens = timed(trainer, device)
    # The first mark is the end of the first step.
    seconds, tokens = seconds[WARM_UP - 1 :], tokens[WARM_UP:]
    real, every, total = sum(one for one, _ in tokens), sum(one for _, one in tokens), sum(seconds)
    size = model_size(model.config)
    context = next(one["mean_context"] for one in trainer.state.log_history if "loss" in one)
    flops = size.flops_per_token(2 * context, frozen_ratio=1.0 if case.lora else 0.0)
    if case.stage == "dpo":
        flops += 2 * size.matmul_parameters
    per_second = real / total * flops
    gpu = gpu_named(torch.cuda.get_device_name()) if device == "cuda" else None
    return {
        "tokens_per_second": real / total,
        "tokens_per_second_with_filling": every / total,
        "filling_ratio": 1 - real / every,
        "step_seconds_p50": statistics.median(seconds),
        "step_seconds_p95": sorted(seconds)[int(0.95 * (len(seconds) - 1))],
        "mfu": per_second / gpu.flops if gpu else None,
        "share_of_matrix_product": per_second / product,
        "matrix_product_tflops": product / 1e12,
        "memory_gib": torch.cuda.max_memory_allocated() / (1 << 30) if device == "cuda" else None,
        "steps": len(seconds),
    }


def parity(steps=50):
    """Largest difference of the loss between bf16 on the GPU and float32 on the CPU."""
    losses = {}
    for device in ("cpu", "cuda"):
        case = Case("tiny", "pretrain", "sdpa", False, "none", 4, 128, "float32", False)
        with tempfile.TemporaryDirectory() as folder:
            trainer, _ = trainer_of(case, device, Path(folder), steps)
            trainer.args.logging_steps = 1
            trainer.state.logging_steps = 1
            trainer.train()
            losses[device] = [one["loss"] for one in trainer.state.log_history if "loss" in one]
    pairs_of_losses = zip(losses["cpu"], losses["cuda"], strict=True)
    return {
        "steps": steps,
        "largest_difference": max(abs(one - other) for one, other in pairs_of_losses),
    }
