"""What can be found wrong before hours of work is found before any."""

from pathlib import Path

from bllossom_data.corpus.words import EnglishWords
from bllossom_data.errors import BllossomError, SourceError
from pipelines.document_sizes import load_tokenizer
from pipelines.evaluation_sets import read_evaluation_items
from pipelines.pretraining import PretrainingBuild


def check_inputs(build: PretrainingBuild) -> None:
    """Opens everything that a late step will need.

    Raises:
        MissingPackageError: ``words = "exact"`` without spaCy.
        ModelError: The tokenizer cannot be read.
        SourceError: An evaluation set cannot be read, or has no such field.
    """
    recipe = build.recipe
    if recipe.measure.words == "exact":
        EnglishWords()
    if recipe.mix.tokenizer:
        load_tokenizer(Path(recipe.mix.tokenizer))
    for one in recipe.decontaminate.evaluation_sets:
        try:
            read_evaluation_items(one.name, build.evaluation_path(one), one.fields)
        except BllossomError as error:
            raise SourceError(f"evaluation set {one.name!r}: {error}") from error
