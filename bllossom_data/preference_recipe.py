"""The recipe of preference data: what people preferred, from their corrections and judgements."""

from typing import Literal, Self

from pydantic import Field, model_validator

from bllossom_data.recipe_fields import (
    Address,
    Dataset,
    Name,
    RecipePath,
    Table,
    Text,
    listed,
    optional,
)

__all__ = ["PreferenceRecipe", "PreferenceSource"]


class PreferenceSource(Table):
    """One place that preferences come from: reviews of a dataset, or judged pairs."""

    name: Name = Field(description="Name of the source; unique in the recipe.")
    recipe: RecipePath | None = optional(
        None, "Recipe of instruction data: what people corrected is better than the draft."
    )
    judgements: RecipePath | None = optional(
        None, "Judged pairs (.jsonl), as `bllossom review export` writes them."
    )
    split: Literal["train", "validation", "test"] = optional(
        "train",
        "Split of judged pairs, but for those about a test question of a `recipe` here; "
        "corrections stay in the split of their example.",
    )
    license: Text = Field(description="Licence of the source, an SPDX or Hub identifier.")
    url: Address | None = optional(None, "Where the source is published.")
    revision: Text | None = optional(None, "Commit, date or edition that was taken.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.recipe is None) == (self.judgements is None):
            raise ValueError("needs either `recipe` or `judgements`, and not both")
        return self


class Prefer(Table):
    """What counts as a preference."""

    min_changed_ratio: float = optional(
        0.02, "Least share of an answer's characters that a correction changed.", ge=0, le=1
    )


class PreferenceRecipe(Table):
    """A whole recipe of preference data."""

    dataset: Dataset = Field(description="What the dataset is called and where it goes.")
    sources: tuple[PreferenceSource, ...] = listed("Sources, one table each.")
    prefer: Prefer = optional(Prefer(), "What counts as a preference.")
