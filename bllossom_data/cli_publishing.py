"""Commands for the Hugging Face Hub: publish, pull, diff."""

from dataclasses import asdict
from pathlib import Path

import click

from bllossom_data.command_line import (
    command,
    json_option,
    print_json,
    recipe_argument,
    root_option,
    set_option,
)
from bllossom_data.errors import PublishingError


@click.command()
@recipe_argument
@root_option
@set_option
@click.option("--repo", metavar="OWNER/NAME", help="Where to; else `hub` of the recipe.")
@click.option("--private", is_flag=True, help="A new repository is seen by its owners only.")
@click.option(
    "--replace-card", is_flag=True, help="Write over a README.md that no version brought."
)
@click.option("--dry-run", is_flag=True, help="Check, and say what would change; upload nothing.")
@json_option
@command
def publish(
    recipe: Path,
    root: Path,
    variables: dict[str, str],
    repo: str | None,
    private: bool,
    replace_card: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Check a finished release, upload it as one commit, tag it, and note the commit.

    Your login is that of `hf auth login` or HF_TOKEN. Doing it twice changes nothing.

    Example: bllossom publish data_cards/lima-ko.toml --repo bllossom/lima-ko --dry-run
    """
    from bllossom_data.progress import open_progress
    from bllossom_data.publishing.changes import describe_changes
    from bllossom_data.publishing.checks import publishing_problems
    from bllossom_data.publishing.hub import repository_problem
    from bllossom_data.publishing.lock import lock_path, read_lock, write_lock
    from bllossom_data.publishing.publish import carry_out, plan_publishing, write_publication
    from bllossom_data.recipe_loading import load_recipe

    loaded = load_recipe(recipe, variables, reads_sources=False)
    dataset = loaded.dataset
    final = root.absolute() / dataset.name / dataset.version / "final"
    problems = publishing_problems(loaded, recipe, final)
    repository = dataset.hub if repo is None else repo
    if repository is None:
        problems.append(f"{recipe}: dataset.hub is not given; write it, or give --repo OWNER/NAME")
    elif problem := repository_problem(repository):
        key = f"{recipe}: dataset.hub" if repo is None else "--repo"
        problems.append(f"{key} = {repository!r}: {problem}")
    if problems or repository is None:
        listed = "\n".join(f"  {one}" for one in problems)
        raise PublishingError(f"nothing was published:\n{listed}")
    read_lock(lock_path(recipe))
    with open_progress() as progress:
        plan = plan_publishing(
            repository, final, progress, private=private, replaces_card=replace_card
        )
        if not as_json:
            for line in describe_changes(plan.changes) if plan.changes else ():
                click.echo(line)
            for path in plan.by_hand:
                click.echo(f"  {path} was changed on the Hub by hand, and will not be kept so")
            for file in plan.uploads:
                click.echo(f"  upload {file.path} ({file.size:,} bytes)")
            for path in plan.deletions:
                click.echo(f"  remove {path}")
        if dry_run:
            if as_json:
                changes = plan.changes.as_json() if plan.changes else None
                print_json(
                    {
                        "repository": repository,
                        "landed": plan.landed,
                        "uploads": [asdict(file) for file in plan.uploads],
                        "deletions": list(plan.deletions),
                        "changed_by_hand": list(plan.by_hand),
                        "changes": changes,
                    }
                )
            elif plan.landed:
                click.echo(f"It is published: {repository}@{plan.landed}")
            else:
                click.echo("Nothing was uploaded (--dry-run).")
            return
        publication = carry_out(plan, progress, private=private)
    write_lock(lock_path(recipe), publication)
    write_publication(plan, publication)
    if as_json:
        print_json(asdict(publication))
        return
    word = "Already published" if plan.landed and plan.tagged else "Published"
    click.echo(f"{word}: {repository}@{publication.commit} ({publication.tag})")


@click.command()
@click.argument("place", metavar="OWNER/NAME@COMMIT")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for a copy; else it stays in the Hub's cache.",
)
@click.option("--pinned", is_flag=True, help="Refuse anything but a commit of 40 digits.")
@json_option
@command
def pull(place: str, target: Path | None, pinned: bool, as_json: bool) -> None:
    """Download a published version by commit or tag and check every file.

    What was pulled once is there without a network.

    Example: bllossom pull bllossom/lima-ko@v2026.11.0 --to lima-ko
    """
    from bllossom_data.progress import open_progress
    from bllossom_data.publishing.hub import HubPlace
    from bllossom_data.publishing.pulling import pull_version

    parsed = HubPlace.parse(place)
    with open_progress() as progress:
        folder, commit = pull_version(parsed, target, progress, pinned=pinned)
    if as_json:
        print_json({"repository": parsed.repository, "commit": commit, "folder": str(folder)})
    else:
        click.echo(f"{parsed.repository}@{commit}\n{folder}")


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@json_option
@command
def diff(before: str, after: str, as_json: bool) -> None:
    """Say what changed from version A to B: rows, columns, sources, card.

    Each is OWNER/NAME@COMMIT (or a tag), or a folder that was built or pulled.

    Example: bllossom diff bllossom/lima-ko@v2026.11.0 bllossom/lima-ko@v2026.12.0
    """
    from bllossom_data.manifest import read_manifest
    from bllossom_data.progress import open_progress
    from bllossom_data.publishing.changes import compare_versions, describe_changes
    from bllossom_data.publishing.hub import HubPlace
    from bllossom_data.publishing.pulling import pull_version

    folders = []
    with open_progress() as progress:
        for place in (before, after):
            if Path(place).is_dir():
                folders.append(Path(place))
            elif "@" not in place:
                raise PublishingError(
                    f"{place}: is no folder; give one that was built or pulled, or "
                    "OWNER/NAME@COMMIT (or a tag such as v2026.11.0)"
                )
            else:
                folders.append(pull_version(HubPlace.parse(place), None, progress)[0])
        versions = [(folder, read_manifest(folder)) for folder in folders]
        changes = compare_versions(versions[0], versions[1])
    if as_json:
        print_json(changes.as_json())
    else:
        for line in describe_changes(changes):
            click.echo(line)
