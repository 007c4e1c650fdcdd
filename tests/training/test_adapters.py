"""What an adapter is for must be there: peft leaves out what it does not find."""

from types import SimpleNamespace

import pytest
from training_units import LLAMA

from bllossom_data.errors import TrainingError
from training.models import check_adapter


@pytest.fixture(scope="module")
def model():
    from transformers import AutoConfig, AutoModelForCausalLM

    fields = {name: value for name, value in LLAMA.items() if name != "model_type"}
    config = AutoConfig.for_model("llama", **fields, vocab_size=400)
    return AutoModelForCausalLM.from_config(config)


def adapter(targets):
    return SimpleNamespace(adapter={"r": 4, "target_modules": targets})


@pytest.mark.parametrize(
    "targets", [["q_proj", "v_proj"], ["model.layers.0.mlp.up_proj"], "all-linear", None]
)
def test_modules_that_are_there_are_taken(model, targets):
    check_adapter(adapter(targets), model)
    check_adapter(SimpleNamespace(adapter=None), model)


def test_a_module_that_is_not_there_is_told_although_another_one_is(model):
    with pytest.raises(TrainingError, match='no module "q_prj"; did you mean "q_proj"'):
        check_adapter(adapter(["v_proj", "q_prj"]), model)
    with pytest.raises(TrainingError, match="there are: down_proj, gate_proj, k_proj"):
        check_adapter(adapter(["c_attn_xyz"]), model)
