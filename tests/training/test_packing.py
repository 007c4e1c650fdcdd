import numpy as np
import pytest
import torch
from training_units import LLAMA

from training.collating import batch_of_rows, is_flattened, plan_columns
from training.mixture import MixedRows
from training.token_stream import TokenRow, unpredicted


@pytest.fixture(scope="module")
def model():
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    fields = {name: value for name, value in LLAMA.items() if name != "model_type"}
    # Weights as large as those of a trained model, so that attention leaks would show.
    config = AutoConfig.for_model("llama", **fields, vocab_size=100, initializer_range=0.3)
    return AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").eval()


def row_of(documents):
    ids = np.concatenate(documents)
    sizes = tuple(len(one) for one in documents)
    return TokenRow(ids, unpredicted(ids, sizes), sizes, (0,) * len(documents))


@pytest.fixture(scope="module")
def texts():
    generator = np.random.default_rng(1)
    return [generator.integers(0, 100, size) for size in (11, 1, 23, 7, 16)]


def logits(model, **inputs):
    with torch.no_grad():
        return model(**inputs, use_cache=False).logits


def apart(model, texts):
    return torch.cat([logits(model, input_ids=torch.from_numpy(one)[None])[0] for one in texts])


def test_a_packed_document_has_the_logits_that_it_has_alone(model, texts):
    batch = batch_of_rows([row_of(texts[:3]), row_of(texts[3:])], 0, flatten=False)
    found = logits(model, input_ids=batch["input_ids"], position_ids=batch["position_ids"])
    packed = torch.cat([found[0, :35], found[1, :23]])
    assert (packed - apart(model, texts)).abs().max() < 1e-5


def test_the_same_laid_end_to_end_for_varlen_kernels(model, texts):
    batch = batch_of_rows([row_of(texts[:3]), row_of(texts[3:])], 0, flatten=True)
    found = logits(model, input_ids=batch["input_ids"], position_ids=batch["position_ids"])
    assert (found[0] - apart(model, texts)).abs().max() < 1e-5
    assert batch["cu_seq_lens_q"].tolist() == [0, 11, 12, 35, 42, 58]
    assert batch["max_length_q"] == 23


def test_naive_concatenation_fails_the_same_comparison(model, texts):
    joined = torch.from_numpy(np.concatenate(texts))[None]
    assert (logits(model, input_ids=joined)[0] - apart(model, texts)).abs().max() > 1e-2


def test_filling_of_shorter_rows_changes_nothing_and_is_not_trained(model, texts):
    batch = batch_of_rows([row_of(texts[2:3]), row_of(texts[3:4])], 99, flatten=False)
    found = logits(model, input_ids=batch["input_ids"], position_ids=batch["position_ids"])
    alone = logits(model, input_ids=torch.from_numpy(texts[3])[None])[0]
    assert (found[1, :7] - alone).abs().max() < 1e-5
    assert (batch["labels"][1, 7:] == -100).all()
    # Positions that go on keep sdpa's fast causal path: nothing looks like a second document.
    assert (torch.diff(batch["position_ids"]) == 1).all()


def test_no_document_is_trained_to_follow_another(texts):
    batch = batch_of_rows([row_of(texts)], 0, flatten=False)
    begins = np.cumsum([0, *(len(one) for one in texts[:-1])])
    assert (batch["labels"][0, begins] == -100).all()
    assert int((batch["labels"] != -100).sum()) == sum(len(one) - 1 for one in texts)


def test_the_last_batch_is_filled_with_rows_that_train_nothing():
    mix = MixedRows(np.array([0, 1, 0]), np.array([0, 0, 1]), (None, None), (0.5, 0.5), (1, 1))
    columns = plan_columns(mix, 4)
    assert columns == {"stream": [0, 1, 0, -1], "row": [0, 0, 1, 0]}


def test_which_attention_wants_rows_end_to_end():
    assert is_flattened("flash_attention_2")
    assert is_flattened("kernels-community/flash-attn3")
    assert not is_flattened("sdpa")
    assert not is_flattened("flex_attention")
