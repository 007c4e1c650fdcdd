"""Commands of the review page, and the queue of what people review."""

from pathlib import Path

import click

from bllossom_data.cli_instruction import (
    export_from_build,
    import_into_build,
    show_example,
)
from bllossom_data.command_line import command, json_option, print_json, root_option, set_option
from bllossom_data.counted import counted
from bllossom_data.errors import ReviewError, missing_package

RECIPE_SUFFIX = ".toml"
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("review"),
    envvar="BLLOSSOM_REVIEW_DATA",
    show_default=True,
    help="Folder of the page's database and secret key.",
)
project_option = click.option(
    "--project", help="Short name of the page's project; not needed where there is one."
)


@click.group()
def review() -> None:
    """Hand drafts to people, on a page of their own, and take their decisions back.

    Example: bllossom review serve
    """


review.add_command(show_example)


def _open_page(data: Path, up_to_date: bool = True) -> None:
    try:
        from annotation.serving import open_page

        open_page(data, up_to_date)
    except ModuleNotFoundError as error:
        package = (error.name or "django").partition(".")[0]
        raise missing_package(package, "the review page", "pipelines,annotation") from error


def _split(paths: tuple[Path, ...], command_name: str) -> tuple[Path | None, Path]:
    if len(paths) == 1 and paths[0].suffix != RECIPE_SUFFIX:
        return None, paths[0]
    if len(paths) == 2 and paths[0].suffix == RECIPE_SUFFIX:
        return paths[0], paths[1]
    raise ReviewError(
        f"give `bllossom review {command_name} FILE` for the page, or "
        f"`bllossom review {command_name} RECIPE.toml FILE` for a build"
    )


@review.command("export")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option
@project_option
@root_option
@set_option
@command
def export(
    paths: tuple[Path, ...],
    data: Path,
    project: str | None,
    root: Path,
    variables: dict[str, str],
) -> None:
    """Write what waits in a build (RECIPE FILE), or what people decided on the page (FILE).

    Example: bllossom review export data_cards/lima-ko.toml waiting.jsonl
    """
    recipe, target = _split(paths, "export")
    if recipe is not None:
        export_from_build(recipe, target, root, variables)
        return
    _open_page(data)
    from annotation.serving import export_decisions

    click.echo(f"{counted(export_decisions(target, project), 'decision')}: {target}")


@review.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option
@project_option
@click.option(
    "--kind",
    type=click.Choice(["rewrite", "preference", "evaluation"]),
    help="What people are asked for, where the project is new; rewrite where nothing is said.",
)
@click.option(
    "--withdraw-missing", is_flag=True, help="Do not offer open items that the file lacks."
)
@root_option
@set_option
@json_option
@command
def import_(
    paths: tuple[Path, ...],
    data: Path,
    project: str | None,
    kind: str | None,
    withdraw_missing: bool,
    root: Path,
    variables: dict[str, str],
    as_json: bool,
) -> None:
    """Bring items to the page (FILE), or people's decisions to a build (RECIPE FILE).

    Both change nothing where the same came before. Wrong lines are told with FILE:LINE and kept
    out, the others come in; the exit code is then 1. A decision is one JSON object in a line:
    example_id, decision (accept, correct, reject, remove, retranslate), draft_sha256 as in
    waiting.jsonl, reviewer, decided_at; messages with correct. All keys, with examples, are in
    data_cards/README.md, "Decisions written by hand".

    Example: bllossom review import data_cards/lima-ko.toml decisions.jsonl
    """
    recipe, source = _split(paths, "import")
    if recipe is not None:
        import_into_build(recipe, source, root, variables, as_json)
        return
    _open_page(data)
    from annotation.serving import import_items

    into, result = import_items(source, project, kind, withdraw_missing)
    for problem in result.problems[:20]:
        click.echo(f"! {problem}", err=True)
    if as_json:
        print_json(result.summary())
    else:
        counts = ", ".join(f"{count:,} {name}" for name, count in result.summary().items() if count)
        click.echo(f"{into.slug}: {counts or 'nothing in the file'}")
    if result.problems:
        raise SystemExit(1)


@review.command("serve")
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, help="Port; 0 for any.")
@command
def serve(data: Path, host: str, port: int) -> None:
    """Start the review page; print a one-time link for the first administrator.

    Example: bllossom review serve
    """
    _open_page(data)
    from annotation.serving import first_link, listen

    server = listen(host, port)
    click.echo(f"The review page is at {server.address}/ (stop it with Ctrl+C)")
    if link := first_link(server.address):
        click.echo(f"First administrator, once: {link}")
    server.run()


@review.command("verify")
@data_option
@command
def verify(data: Path) -> None:
    """Prove that nobody changed the page's log, an answer, an item or what was settled.

    Example: bllossom review verify
    """
    _open_page(data)
    from annotation.serving import broken_at

    if problems := broken_at():
        raise ReviewError("the log is not whole: " + "; ".join(problems[:20]))
    click.echo("The log, all answers and all items are whole.")


@review.command("backup")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@command
def backup(target: Path, data: Path) -> None:
    """Write a copy of the page's database while people work.

    Example: bllossom review backup review-2026-11-25.backup
    """
    _open_page(data)
    from annotation.serving import backup as write_copy

    write_copy(data, target)
    click.echo(f"The database is copied to {target}")


@review.command("restore")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@command
def restore(source: Path, data: Path) -> None:
    """Put a copy in the place of the page's database; stop the page first.

    Example: bllossom review restore review-2026-11-25.backup
    """
    _open_page(data, up_to_date=False)
    from annotation.serving import restore as put_back

    put_back(data, source)
    click.echo(f"The database is as {source} has it")
