"""Commands for training: train."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bllossom_data.command_line import command, json_option, print_json, set_option
from bllossom_data.errors import TrainingStopped, missing_package

if TYPE_CHECKING:
    from training.running import Finished

EXIT_STOPPED = 143


@click.command()
@click.argument(
    "run_files",
    metavar="RUN...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="Folder of all runs.",
)
@set_option
@click.option("--plan", is_flag=True, help="Say what it would take; train nothing.")
@click.option("--gpu", default="H100", show_default=True, help="With --plan: on which GPU.")
@click.option(
    "--devices",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="With --plan: on how many of them.",
)
@click.option(
    "--sharding",
    type=click.Choice(["ddp", "fsdp"]),
    default="ddp",
    show_default=True,
    help="With --plan: whether devices share the weights (fsdp) or each holds all (ddp).",
)
@click.option("--until", metavar="STAGE", help="End with this stage; also of a plan.")
@json_option
@command
def train(
    run_files: tuple[Path, ...],
    root: Path,
    variables: dict[str, str],
    plan: bool,
    gpu: str,
    devices: int,
    sharding: str,
    until: str | None,
    as_json: bool,
) -> None:
    """Train a model from a run file; go on where an earlier attempt stopped.

    Several run files are trained one after the other; each may begin from what the one before it
    made.

    On several GPUs: accelerate launch --config_file training/accelerate/fsdp2.yaml
    -m bllossom_data.cli train RUN

    Example: bllossom train training/runs/demo-pretrain.toml --plan --gpu H100
    """
    from bllossom_data.progress import open_progress

    if len(run_files) > 1 and (plan or until is not None):
        raise click.UsageError("--plan and --until are of one run; give one run file")
    try:
        from training.run_file import load_run

        runs = [load_run(run_file, variables) for run_file in run_files]
        with open_progress() as progress:
            if plan:
                from training.planning import plan_run, print_plan

                planned = plan_run(runs[0], root, gpu, devices, sharding, progress, until)
                if as_json:
                    print_json(planned.as_json())
                else:
                    print_plan(planned)
                planned.refuse_what_cannot_fit()
                return
            from training.running import train as train_run

            for run in runs:
                _tell(train_run(run, root, progress, until), as_json)
    except ImportError as error:
        raise missing_package(error.name or "a package", "training", "training") from error
    except TrainingStopped as error:
        click.echo(f"Stopped: {error}", err=True)
        sys.exit(EXIT_STOPPED)


def _tell(finished: "Finished", as_json: bool) -> None:
    if os.environ.get("RANK", "0") != "0":
        return
    if as_json:
        print_json(
            {
                "model": str(finished.model),
                "steps": finished.steps,
                "trained_now": finished.trained_now,
            }
        )
    elif finished.trained_now:
        click.echo(f"{finished.steps:,} steps; the model and its card: {finished.model}")
    else:
        click.echo(f"Nothing to do, it is finished: {finished.model}")
