"""The kinds of build behind one command."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.preference_recipe import PreferenceRecipe
from bllossom_data.recipe_loading import AnyRecipe
from pipelines.instruction import InstructionBuild
from pipelines.preference_build import PreferenceBuild

if TYPE_CHECKING:
    from pipelines.pretraining import PretrainingBuild

__all__ = ["Build", "build_of", "check_inputs", "left_out", "summarise", "tell"]

Build: TypeAlias = "PretrainingBuild | InstructionBuild | PreferenceBuild"


def build_of(
    recipe: AnyRecipe,
    recipe_path: Path,
    root: Path,
    workers: int | None,
    variables: Mapping[str, str],
) -> Build:
    """The build of a recipe; what only one kind needs is imported with it."""
    if isinstance(recipe, InstructionRecipe):
        return InstructionBuild(recipe, recipe_path, root, workers)
    if isinstance(recipe, PreferenceRecipe):
        return PreferenceBuild(recipe, recipe_path, root, variables)
    # What measures and deduplicates a corpus takes a second and 70 MB to import.
    from pipelines.pretraining import PretrainingBuild

    return PretrainingBuild(recipe, recipe_path, root, workers)


def check_inputs(build: Build) -> None:
    """Finds before the work what would fail late in it."""
    if isinstance(build, InstructionBuild):
        build.check()
    elif not isinstance(build, PreferenceBuild):
        from pipelines.preflight import check_inputs as check_documents

        check_documents(build)


def left_out(build: Build) -> list[str]:
    """What of the sources could not be read, a sentence each; a corpus says so in its summary."""
    return build.refused_rows() if isinstance(build, InstructionBuild) else []


def summarise(build: Build) -> dict[str, Any]:
    """What a finished build tells, as plain data; writes the report of a corpus."""
    if isinstance(build, InstructionBuild):
        from pipelines.instruction_telling import instruction_summary

        return instruction_summary(build)
    if isinstance(build, PreferenceBuild):
        return build.summary()
    from pipelines.reporting import write_report
    from pipelines.telling import build_summary

    return build_summary(build.layout, write_report(build))


def tell(build: Build, summary: dict[str, Any]) -> None:
    """Prints a summary for a person."""
    if isinstance(build, InstructionBuild):
        from pipelines.instruction_telling import print_instruction_summary

        print_instruction_summary(summary)
        return
    if isinstance(build, PreferenceBuild):
        from pipelines.preference_telling import print_preference_summary

        print_preference_summary(summary)
        return
    from pipelines.telling import print_summary

    print_summary(summary)
