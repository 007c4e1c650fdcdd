"""The card of an instruction dataset: header, prose, and what was counted in the build."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.publishing.tables import markdown_table, size_category, yaml_header

__all__ = ["InstructionNumbers", "render_instruction_card"]

_LABELS = {
    "simply_transferred": "simply transferred · 그대로 옮김",
    "target_modified": "target modified · 한국 맥락으로 바꿈",
    "removed": "removed · 뺌",
    "newly_created": "newly created · 새로 씀",
}


@dataclass(frozen=True, slots=True)
class InstructionNumbers:
    """Everything in the card that is counted.

    Attributes:
        rows: rows by configuration and split.
        sources: name, licence, revision, examples read, examples published.
        states: examples by what became of them: approved, passed, removed, waiting.
        labels: published examples by what became of their culture.
        edits: proposed edits by kind.
        providers: segments by who translated them; untranslated ones under an empty name.
        findings: examples by check, of those that still wait or were approved.
        reviewers: decisions by reviewer, pseudonymous.
        versions: package and version that decide the result.
        build_command: what builds the dataset again.
    """

    rows: Mapping[str, Mapping[str, int]]
    sources: Sequence[tuple[str, str, str, int, int]]
    states: Mapping[str, int]
    labels: Mapping[str, int]
    edits: Mapping[str, int]
    providers: Mapping[str, int]
    findings: Mapping[str, int]
    reviewers: Mapping[str, int]
    versions: Mapping[str, str]
    build_command: str


def _header(recipe: InstructionRecipe, numbers: InstructionNumbers) -> str:
    dataset = recipe.dataset
    return yaml_header(
        {
            "license": dataset.license,
            "language": list(dataset.languages),
            "pretty_name": dataset.pretty_name,
            "task_categories": ["text-generation"],
            "size_categories": [size_category(sum(numbers.rows["bilingual"].values()))],
            "tags": ["instruction", "localization", "bllossom"],
            "configs": [
                {
                    "config_name": name,
                    "data_files": [
                        {"split": split, "path": f"data/{name}/{split}.parquet"}
                        for split, count in splits.items()
                        if count
                    ],
                }
                for name, splits in numbers.rows.items()
            ],
        }
    )


def _counted(title: str, rows: Mapping[str, int], name: str) -> list[str]:
    shown = [(key, f"{count:,}") for key, count in rows.items()]
    return [f"## {title}", markdown_table((name, "number"), shown, 1) if shown else "None."]


def render_instruction_card(
    recipe: InstructionRecipe, prose: str, numbers: InstructionNumbers
) -> str:
    """Renders the card as Markdown; the same recipe, prose and numbers give the same bytes."""
    rows = [
        (name, split, f"{count:,}")
        for name, splits in numbers.rows.items()
        for split, count in splits.items()
    ]
    sources = [
        (name, licence, revision or "—", f"{read:,}", f"{published:,}")
        for name, licence, revision, read, published in numbers.sources
    ]
    labels = {_LABELS[label]: count for label, count in numbers.labels.items()}
    providers = {name or "untranslated": count for name, count in numbers.providers.items()}
    sections = [
        _header(recipe, numbers),
        prose.strip(),
        "## Configurations · 구성",
        markdown_table(("configuration", "split", "rows"), rows, 2),
        "## Sources · 출처",
        markdown_table(("source", "licence", "revision", "read", "published"), sources, 3),
        *_counted("What became of the examples · 예시의 처리", numbers.states, "state"),
        *_counted("Culture of the published examples · 문화 처리", labels, "label"),
        *_counted("Edits proposed · 제안된 고침", numbers.edits, "kind"),
        *_counted("Segments by engine · 번역 엔진", providers, "engine"),
        *_counted("What checks found · 검사 결과", numbers.findings, "check"),
        *_counted("Decisions by reviewer · 검토자", numbers.reviewers, "reviewer"),
        "## How to build it again · 재현 방법\n\n"
        f"```sh\n{numbers.build_command}\n```\n\nThe counts are those of `manifest.json`.",
        markdown_table(("package", "version"), sorted(numbers.versions.items()), 2),
    ]
    return "\n\n".join(section.rstrip("\n") for section in sections) + "\n"
