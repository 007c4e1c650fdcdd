"""The ``bllossom`` command. Everything heavy is imported by the command that needs it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bllossom_data.cli_instruction import translate
from bllossom_data.cli_publishing import diff, publish, pull
from bllossom_data.cli_review import review
from bllossom_data.cli_training import train
from bllossom_data.cli_vocabulary import vocab
from bllossom_data.command_line import (
    EXIT_WAITING,
    command,
    json_option,
    open_build,
    print_json,
    recipe_argument,
    root_option,
    set_option,
)
from bllossom_data.errors import StepError

if TYPE_CHECKING:
    from pipelines.builds import Build
    from pipelines.pretraining import PretrainingBuild


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bllossom-data")
def main() -> None:
    """Build the datasets of a Korean-English language model.

    Results go to stdout, progress and errors to stderr. Exit codes: 0 done, 1 failed with a
    message, 2 wrong usage, 3 waits for people.
    """


def _open_pretraining(recipe: Path, root: Path, variables: dict[str, str]) -> "PretrainingBuild":
    """Opens the build of a recipe that makes documents.

    Raises:
        StepError: The recipe makes something else.
    """
    opened = open_build(recipe, root, variables)
    from pipelines.pretraining import PretrainingBuild

    if not isinstance(opened, PretrainingBuild):
        raise StepError(
            f"{recipe} makes {opened.recipe.dataset.kind} data, not documents; its numbers are in "
            "the card, and `bllossom review show` shows examples of instruction data"
        )
    return opened


def _refuse_other_recipe(opened: "Build", root: Path) -> None:
    """Makes sure that what is told about a build is told by the recipe that it was built from.

    Raises:
        StepError: The recipe, a source or a package changed since.
    """
    from bllossom_data.build import plan_build

    dataset = opened.recipe.dataset
    outcomes = plan_build(opened.steps(), root.absolute(), dataset.name, dataset.version)
    changes = [
        f"\n  {outcome.name}: {reason}"
        for outcome in outcomes
        if outcome.state in ("rebuild", "drift")
        for reason in outcome.reasons
    ]
    if changes:
        raise StepError(
            f"{opened.folder} was built from something else; build it again, or give the "
            f"recipe it was built from:{''.join(changes)}"
        )


@main.command()
@recipe_argument
@root_option
@set_option
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes.  [default: as the data needs]",
)
@json_option
@command
def build(
    recipe: Path, root: Path, variables: dict[str, str], workers: int | None, as_json: bool
) -> None:
    """Build a dataset from its recipe; go on where an earlier build stopped.

    Example: bllossom build data_cards/demo.toml --workers 4
    """
    from bllossom_data.build import run_build
    from bllossom_data.progress import open_progress
    from bllossom_data.publishing.prose import release_warnings
    from bllossom_data.system_errors import explained

    opened = open_build(recipe, root, variables, workers)
    from pipelines.builds import check_inputs, left_out, summarise, tell

    dataset = opened.recipe.dataset
    for warning in release_warnings(dataset.version, recipe):
        click.echo(warning, err=True)
    with explained("sample", root):
        steps = opened.steps()
    check_inputs(opened)
    with open_progress() as progress:
        result = run_build(steps, root.absolute(), dataset.name, dataset.version, progress)
    for line in left_out(opened):
        click.echo(line, err=True)
    if result.waiting:
        click.echo(f"{result.waiting.message}\nNext: {result.waiting.next_command}")
        sys.exit(EXIT_WAITING)
    with explained("report", opened.folder):
        summary = summarise(opened)
    if as_json:
        print_json(summary)
    else:
        tell(opened, summary)


@main.command()
@recipe_argument
@root_option
@set_option
@json_option
@command
def status(recipe: Path, root: Path, variables: dict[str, str], as_json: bool) -> None:
    """Say which steps are done and what a build would do, and why. Builds nothing.

    Example: bllossom status data_cards/demo.toml
    """
    from bllossom_data.build import plan_build

    opened = open_build(recipe, root, variables)
    dataset = opened.recipe.dataset
    outcomes = plan_build(opened.steps(), root.absolute(), dataset.name, dataset.version)
    if as_json:
        print_json(
            [
                {"step": one.name, "state": one.state, "reasons": list(one.reasons)}
                for one in outcomes
            ]
        )
        return
    words = {
        "skip": "done",
        "build": "not built yet",
        "resume": "stopped half-way, will go on",
        "rebuild": "out of date, will be built again",
        "drift": "released, and would change: refused",
    }
    for outcome in outcomes:
        click.echo(f"{outcome.name:<14} {words[outcome.state]}")
        for reason in outcome.reasons:
            click.echo(f"{'':<14}   {reason}")


@main.command()
@recipe_argument
@root_option
@set_option
@command
def report(recipe: Path, root: Path, variables: dict[str, str]) -> None:
    """Write report.html of a finished build again and say where it lies.

    Example: bllossom report data_cards/demo.toml
    """
    from pipelines.reporting import write_report

    opened = _open_pretraining(recipe, root, variables)
    _refuse_other_recipe(opened, root)
    click.echo(write_report(opened))


@main.command()
@recipe_argument
@root_option
@set_option
@click.option("--reason", help="Only documents removed for this reason, such as gopher_short_doc.")
@click.option("--source", help="Only documents of this source.")
@click.option("--language", type=click.Choice(["ko", "en"]), help="Only this language.")
@click.option("--kept", is_flag=True, help="Documents of the mix instead of removed ones.")
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Documents of each kind.",
)
@json_option
@command
def inspect(
    recipe: Path,
    root: Path,
    variables: dict[str, str],
    reason: str | None,
    source: str | None,
    language: str | None,
    kept: bool,
    count: int,
    as_json: bool,
) -> None:
    """Read sampled documents: what was removed and every value that failed, or what was kept.

    Example: bllossom inspect data_cards/demo.toml --reason gopher_short_doc --language ko
    """
    from dataclasses import asdict

    from pipelines.sampling import sample_kept, sample_removed
    from pipelines.telling import check_filters, print_document

    opened = _open_pretraining(recipe, root, variables)
    check_filters(opened, reason, source)
    _refuse_other_recipe(opened, root)
    thresholds = opened.thresholds()
    if kept:
        documents = sample_kept(opened.layout, thresholds, count, source=source, language=language)
    else:
        documents = sample_removed(
            opened.layout, thresholds, count, reason=reason, source=source, language=language
        )
    if as_json:
        print_json([asdict(document) for document in documents])
        return
    for document in documents:
        print_document(document)
    if not documents:
        click.echo("No document fits.", err=True)


main.add_command(review)
main.add_command(translate)
main.add_command(train)
main.add_command(vocab)
main.add_command(publish)
main.add_command(pull)
main.add_command(diff)


@main.command()
@root_option
@json_option
@command
def doctor(root: Path, as_json: bool) -> None:
    """Say what is installed, which models are here, how much disk there is, what is missing.

    Example: bllossom doctor
    """
    from bllossom_data.doctor import examine, print_examination

    examination = examine(root)
    if as_json:
        print_json(examination)
    else:
        print_examination(examination)


if __name__ == "__main__":
    main()
