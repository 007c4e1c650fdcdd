"""What all commands share: their arguments, and errors as one message."""

import json
import os
import select
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from bllossom_data.errors import BllossomError, missing_package

if TYPE_CHECKING:
    from pipelines.builds import Build

DEFAULT_ROOT = Path("build")
EXIT_FAILED = 1
EXIT_WAITING = 3
# What a shell says of a program that SIGPIPE ended.
EXIT_NOBODY_READS = 141

Parameters = ParamSpec("Parameters")


def _variables(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    variables = {}
    for value in values:
        name, equals, content = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE")
        variables[name] = content
    return variables


def command(function: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Turns a function into a command whose errors are one message and exit code 1."""

    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @wraps(function)
    def run(*arguments: Parameters.args, **options: Parameters.kwargs) -> None:
        debug = options.pop("debug")
        try:
            function(*arguments, **options)
            # Here, and not when the interpreter ends, where nobody could catch it.
            sys.stdout.flush()
        except BllossomError as error:
            if debug:
                raise
            click.echo(f"Error: {error}", err=True)
            sys.exit(EXIT_FAILED)
        except OSError as error:
            if isinstance(error, BrokenPipeError) and _nobody_reads():
                sys.exit(EXIT_NOBODY_READS)
            if debug:
                raise
            place = f"{error.filename}: " if error.filename else ""
            reason = error.strerror or str(error) or type(error).__name__
            click.echo(
                f"Error: {place}{reason}; check the path, its owner and the space on its disk",
                err=True,
            )
            sys.exit(EXIT_FAILED)
        except SystemExit as end:
            # So `rich` ends, quietly but with 1.
            if isinstance(end.__context__, BrokenPipeError):
                sys.exit(EXIT_NOBODY_READS)
            raise
        except KeyboardInterrupt:
            click.echo("Stopped; the same command goes on from there.", err=True)
            sys.exit(130)

    return run


def _nobody_reads() -> bool:
    """Whether the reader of stdout is gone (`| head`); if so, what is left is thrown away."""
    try:
        output = sys.stdout.fileno()
    except OSError:
        return False
    asked = select.poll()
    asked.register(output, 0)
    gone = any(event & select.POLLERR for _, event in asked.poll(0))
    if gone:
        # Else the interpreter tries it once more as it ends, and says so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    return gone


recipe_argument = click.argument("recipe", type=click.Path(path_type=Path, dir_okay=False))
root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_ROOT,
    show_default=True,
    help="Folder of all builds.",
)
set_option = click.option(
    "--set",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_variables,
    help="Value of ${NAME} in the recipe; else the environment is asked. May be repeated.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def print_json(content: Any) -> None:
    """Prints a result for programs."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=1))


def open_build(
    recipe: Path, root: Path, variables: dict[str, str], workers: int | None = None
) -> "Build":
    """Opens the build that a recipe says, of whatever kind.

    Raises:
        RecipeError: The recipe is wrong.
        MissingPackageError: What builds need is not installed.
    """
    from bllossom_data.recipe_loading import load_recipe

    loaded = load_recipe(recipe, variables)
    try:
        from pipelines.builds import build_of
    except ImportError as error:
        raise missing_package(error.name or "a package", "building a dataset") from error
    return build_of(loaded, recipe, root.absolute(), workers, variables)
