"""The ``bllossom`` command. Everything heavy is imported by the command that needs it."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from bllossom_data.errors import BllossomError, StepError, missing_package

if TYPE_CHECKING:
    from pipelines.pretraining import PretrainingBuild

EXIT_FAILED = 1
EXIT_WAITING = 3

Parameters = ParamSpec("Parameters")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bllossom-data")
def main() -> None:
    """Build the datasets of a Korean-English language model.

    Results go to stdout, progress and errors to stderr. Exit codes: 0 done, 1 failed with a
    message, 2 wrong usage, 3 waits for people.
    """


def _variables(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    variables = {}
    for value in values:
        name, equals, content = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE")
        variables[name] = content
    return variables


def _command(function: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Turns a function into a command whose errors are one message and exit code 1."""

    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @wraps(function)
    def run(*arguments: Parameters.args, **options: Parameters.kwargs) -> None:
        debug = options.pop("debug")
        try:
            function(*arguments, **options)
        except BllossomError as error:
            if debug:
                raise
            click.echo(f"Error: {error}", err=True)
            sys.exit(EXIT_FAILED)
        except OSError as error:
            if debug:
                raise
            click.echo(
                f"Error: {error.filename}: {error.strerror}; check the path, its owner and the "
                "space on its disk",
                err=True,
            )
            sys.exit(EXIT_FAILED)
        except KeyboardInterrupt:
            click.echo("Stopped; the same command goes on from there.", err=True)
            sys.exit(130)

    return run


_recipe = click.argument("recipe", type=click.Path(path_type=Path, dir_okay=False))
_root = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build"),
    show_default=True,
    help="Folder of all builds.",
)
_set = click.option(
    "--set",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_variables,
    help="Value of ${NAME} in the recipe; else the environment is asked. May be repeated.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def _open_build(
    recipe: Path, root: Path, variables: dict[str, str], workers: int | None = None
) -> "PretrainingBuild":
    from bllossom_data.recipe import load_recipe

    loaded = load_recipe(recipe, variables)
    try:
        from pipelines.pretraining import PretrainingBuild
    except ImportError as error:
        raise missing_package(error.name or "a package", "building a dataset") from error
    return PretrainingBuild(loaded, recipe, root.absolute(), workers)


def _refuse_other_recipe(opened: "PretrainingBuild", root: Path) -> None:
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
            f"{opened.layout.root} was built from something else; build it again, or give the "
            f"recipe it was built from:{''.join(changes)}"
        )


@main.command()
@_recipe
@_root
@_set
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes.  [default: as the data needs]",
)
@_json
@_command
def build(
    recipe: Path, root: Path, variables: dict[str, str], workers: int | None, as_json: bool
) -> None:
    """Build a dataset from its recipe; go on where an earlier build stopped.

    Example: bllossom build data_cards/demo.toml --workers 4
    """
    from bllossom_data.build import run_build
    from bllossom_data.progress import open_progress
    from bllossom_data.system_errors import explained

    opened = _open_build(recipe, root, variables, workers)
    from pipelines.preflight import check_inputs

    dataset = opened.recipe.dataset
    with explained("sample", root):
        steps = opened.steps()
    check_inputs(opened)
    with open_progress() as progress:
        result = run_build(steps, root.absolute(), dataset.name, dataset.version, progress)
    if result.waiting:
        click.echo(f"{result.waiting.message}\nNext: {result.waiting.next_command}")
        sys.exit(EXIT_WAITING)
    from pipelines.reporting import write_report
    from pipelines.telling import build_summary, print_summary

    with explained("report", opened.layout.root):
        report = write_report(opened)
    summary = build_summary(opened.layout, report)
    if as_json:
        _print_json(summary)
    else:
        print_summary(summary)


def _print_json(content: Any) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=1))


@main.command()
@_recipe
@_root
@_set
@_json
@_command
def status(recipe: Path, root: Path, variables: dict[str, str], as_json: bool) -> None:
    """Say which steps are done and what a build would do, and why. Builds nothing.

    Example: bllossom status data_cards/demo.toml
    """
    from bllossom_data.build import plan_build

    opened = _open_build(recipe, root, variables)
    dataset = opened.recipe.dataset
    outcomes = plan_build(opened.steps(), root.absolute(), dataset.name, dataset.version)
    if as_json:
        _print_json(
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
@_recipe
@_root
@_set
@_command
def report(recipe: Path, root: Path, variables: dict[str, str]) -> None:
    """Write report.html of a finished build again and say where it lies.

    Example: bllossom report data_cards/demo.toml
    """
    from pipelines.reporting import write_report

    opened = _open_build(recipe, root, variables)
    _refuse_other_recipe(opened, root)
    click.echo(write_report(opened))


@main.command()
@_recipe
@_root
@_set
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
@_json
@_command
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

    opened = _open_build(recipe, root, variables)
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
        _print_json([asdict(document) for document in documents])
        return
    for document in documents:
        print_document(document)
    if not documents:
        click.echo("No document fits.", err=True)


@main.command()
@_root
@_json
@_command
def doctor(root: Path, as_json: bool) -> None:
    """Say what is installed, which models are here, how much disk there is, what is missing.

    Example: bllossom doctor
    """
    from bllossom_data.doctor import examine, print_examination

    examination = examine(root)
    if as_json:
        _print_json(examination)
    else:
        print_examination(examination)


if __name__ == "__main__":
    main()
