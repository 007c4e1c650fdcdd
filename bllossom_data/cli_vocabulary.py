"""Commands for the vocabulary: train, merge, audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import click

from bllossom_data.command_line import command, json_option, print_json
from bllossom_data.errors import TrainingError, missing_package

base_argument = click.argument("base", metavar="BASE")
corpus_argument = click.argument("corpus", metavar="CORPUS")
share_option = click.option(
    "--share",
    type=click.FloatRange(min=0, min_open=True, max=1),
    default=1.0,
    show_default=True,
    help="Share of the documents to look at, chosen by their hash.",
)


@contextmanager
def _training_installed() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise missing_package(error.name or "a package", "vocabularies", "training") from error


@click.group()
def vocab() -> None:
    """Extend the vocabulary of a tokenizer, and its model, by Korean.

    BASE and CORPUS are a folder, or owner/name@commit on the Hub; a corpus is a build with its
    manifest.

    Example: bllossom vocab audit models/base models/extended build/final
    """


@vocab.command("train")
@base_argument
@corpus_argument
@click.argument("target", metavar="TARGET", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--tokens", type=click.IntRange(min=1), required=True, help="New tokens at most.")
@click.option(
    "--min-count",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Occurrences that a new token needs in the corpus.",
)
@click.option("--split", default="train", show_default=True, help="Split of the corpus.")
@share_option
@command
def train_command(
    base: str,
    corpus: str,
    target: Path,
    tokens: int,
    min_count: int,
    split: str,
    share: float,
) -> None:
    """Choose Korean tokens from a corpus, counted within Kiwi morphemes; write them to TARGET.

    Example: bllossom vocab train models/base build/final korean.json --tokens 8000
    """
    from bllossom_data.progress import open_progress

    with _training_installed():
        from training.vocabulary.commands import train_vocabulary

        with open_progress() as progress:
            chosen = train_vocabulary(
                base,
                corpus,
                target,
                split=split,
                tokens=tokens,
                min_count=min_count,
                share=share,
                progress=progress,
            )
    reason = "" if chosen == tokens else f" ({tokens:,} asked; no more occur {min_count:,} times)"
    click.echo(f"{chosen:,} new tokens{reason}: {target}")


@vocab.command("merge")
@base_argument
@click.argument("vocabulary", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("target", metavar="TARGET", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--initialise",
    type=click.Choice(["subword-mean", "normal", "focus"]),
    default="subword-mean",
    show_default=True,
    help="How the model's rows for new tokens begin.",
)
@click.option(
    "--pad-rows-to",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="Make the number of the model's rows a multiple of this.",
)
@click.option("--seed", type=int, default=42, show_default=True, help="Of what is drawn.")
@click.option("--corpus", help="With --initialise focus: a built corpus with Korean.")
@share_option
@click.option(
    "--preset",
    type=click.Choice(["paper", "repaired"]),
    default="repaired",
    show_default=True,
    help="If VOCABULARY is a SentencePiece .model: all its pieces with score 0, as published, or "
    "Korean ones that are reached.",
)
@click.option("--tokenizer-only", is_flag=True, help="Leave the model beside BASE out.")
@json_option
@command
def merge_command(
    base: str,
    vocabulary: Path,
    target: Path,
    initialise: Literal["subword-mean", "normal", "focus"],
    pad_rows_to: int,
    seed: int,
    corpus: str | None,
    share: float,
    tokenizer_only: bool,
    preset: Literal["paper", "repaired"],
    as_json: bool,
) -> None:
    """Extend BASE by the tokens that VOCABULARY holds; write the result to the folder TARGET.

    VOCABULARY is what `bllossom vocab train` wrote, or, for a BASE with a tokenizer.model, a
    SentencePiece .model. If a model lies beside the tokenizer, it gets rows for the new tokens;
    old rows stay.

    Example: bllossom vocab merge models/base korean.json models/extended
    """
    if not vocabulary.is_file():
        raise TrainingError(
            f"{vocabulary}: there is no such file; `bllossom vocab train` writes one"
        )
    from bllossom_data.progress import open_progress

    with _training_installed():
        from training.vocabulary.commands import Rows, merge_vocabulary

        rows = None
        if not tokenizer_only:
            rows = Rows(initialise, pad_rows_to, seed, corpus, share)
        with open_progress() as progress:
            merged = merge_vocabulary(base, vocabulary, target, rows, preset, progress)
    if as_json:
        print_json({"target": str(target), **asdict(merged)})
        return
    model = f"a model of {merged.rows:,} rows" if merged.rows else "no model"
    click.echo(
        f"{merged.tokens:,} tokens, new_rows_from = {merged.new_rows_from}; {model}: {target}"
    )


@vocab.command("audit")
@base_argument
@click.argument("extended", metavar="EXTENDED")
@corpus_argument
@click.option("--split", default="validation", show_default=True, help="Split of the corpus.")
@share_option
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Picture to draw.")
@click.option("--strict", is_flag=True, help="Fail if old text or a token suffers.")
@json_option
@command
def audit_command(
    base: str,
    extended: str,
    corpus: str,
    split: str,
    share: float,
    plot: Path | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Compare EXTENDED with BASE on a corpus: tokens per eojeol and byte, dead tokens, English.

    Example: bllossom vocab audit models/base models/extended build/final --plot audit.png
    """
    from bllossom_data.progress import open_progress

    with _training_installed():
        from training.vocabulary.auditing import audit_table, draw_audit
        from training.vocabulary.commands import audit

        with open_progress() as progress:
            found = audit(base, extended, corpus, split=split, share=share, progress=progress)
        if plot is not None:
            draw_audit(found, plot)
    if as_json:
        print_json(found.as_json())
    else:
        click.echo(audit_table(found))
    if strict and (problems := found.problems()):
        raise TrainingError(f"{extended}: {'; '.join(problems)}")
