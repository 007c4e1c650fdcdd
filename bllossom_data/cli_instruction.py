"""Commands for instruction data: translate, and what a build does with the review queue."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bllossom_data.command_line import (
    DEFAULT_ROOT,
    EXIT_FAILED,
    EXIT_WAITING,
    command,
    json_option,
    open_build,
    print_json,
    recipe_argument,
    root_option,
    set_option,
)
from bllossom_data.counted import counted
from bllossom_data.errors import StepError

if TYPE_CHECKING:
    from pipelines.instruction import InstructionBuild


def _open_instruction(recipe: Path, root: Path, variables: dict[str, str]) -> "InstructionBuild":
    opened = open_build(recipe, root, variables)
    from pipelines.instruction import InstructionBuild

    if not isinstance(opened, InstructionBuild):
        kind = opened.recipe.dataset.kind
        raise StepError(f"{recipe} makes {kind} data; this command is for instruction data")
    return opened


@click.command()
@recipe_argument
@root_option
@set_option
@click.option("--estimate", is_flag=True, help="Say what it would cost; send nothing.")
@json_option
@command
def translate(
    recipe: Path, root: Path, variables: dict[str, str], estimate: bool, as_json: bool
) -> None:
    """Translate instruction data and stop before the localisation.

    Example: bllossom translate data_cards/lima-ko.toml --estimate
    """
    from bllossom_data.build import run_build
    from bllossom_data.progress import open_progress

    opened = _open_instruction(recipe, root, variables)
    from pipelines.instruction_telling import print_estimates, translation_summary

    dataset = opened.recipe.dataset
    opened.check(sends=not estimate)
    steps = opened.steps()
    with open_progress() as progress:
        if estimate:
            run_build(steps[:1], root.absolute(), dataset.name, dataset.version, progress)
            estimates = opened.estimate()
            if as_json:
                print_json(estimates)
            else:
                print_estimates(estimates)
            return
        result = run_build(steps[:2], root.absolute(), dataset.name, dataset.version, progress)
    for line in opened.refused_rows():
        click.echo(line, err=True)
    if result.waiting:
        click.echo(f"{result.waiting.message}\nNext: {result.waiting.next_command}")
        sys.exit(EXIT_WAITING)
    summary = translation_summary(opened)
    if as_json:
        print_json(summary)
    else:
        for name, value in summary.items():
            click.echo(f"{name:<13} {value}")


def export_from_build(recipe: Path, target: Path, root: Path, variables: dict[str, str]) -> None:
    """Writes what waits for people, the riskiest first."""
    opened = _open_instruction(recipe, root, variables)
    count = opened.write_waiting(target)
    click.echo(f"{counted(count, 'example waits', 'examples wait')}: {target}")


def import_into_build(
    recipe: Path, decisions: Path, root: Path, variables: dict[str, str], as_json: bool
) -> None:
    """Takes decisions; those that are there already change nothing."""
    opened = _open_instruction(recipe, root, variables)
    from pipelines.decision_files import add_decisions, shortened

    drafts = {draft.id: draft for draft in opened.drafts()}
    now = datetime.now(UTC)
    result = add_decisions(opened.decisions, decisions, drafts, opened.speech, now)
    remembered = opened.remember()
    for told in (result.mistakes, result.void, result.notes):
        for line in shortened(told):
            click.echo(f"! {line}", err=True)
    if as_json:
        print_json({
            "added": result.added,
            "known": result.known,
            "void": len(result.void),
            "rejected": result.rejected,
            "rejected_file": result.rejected_file and str(result.rejected_file),
            "remembered": remembered,
        })  # fmt: skip
    else:
        click.echo(
            f"{counted(result.added, 'decision')} added, "
            f"{counted(result.known, 'was there', 'were there')}; "
            f"{counted(remembered, 'segment of accepted text is', 'segments of accepted text are')}"
            " in the translation memory"
        )
        if result.void:
            void = counted(len(result.void), "of them does not count", "of them do not count")
            click.echo(f"{void}: the draft has changed")
        if result.rejected:
            lines = counted(result.rejected, "line was", "lines were")
            where = f"; correct and import {result.rejected_file}" if result.rejected_file else ""
            click.echo(f"{lines} kept out{where}")
        elsewhere = "" if root == DEFAULT_ROOT else f" --root {root}"
        click.echo(f"Next: bllossom build {recipe}{elsewhere}")
    if result.rejected or result.void:
        sys.exit(EXIT_FAILED)


@click.command("show")
@recipe_argument
@click.argument("example", required=False)
@root_option
@set_option
@json_option
@command
def show_example(
    recipe: Path, example: str | None, root: Path, variables: dict[str, str], as_json: bool
) -> None:
    """Show an example: English, translation, proposed edits and findings; the riskiest if none.

    Example: bllossom review show data_cards/demo-instructions.toml
    """
    opened = _open_instruction(recipe, root, variables)
    from pipelines.instruction_telling import chosen_draft, print_draft

    one = chosen_draft(opened.settled(), example)
    if as_json:
        from dataclasses import asdict

        print_json(asdict(one))
    else:
        print_draft(one)
