"""The localise step: proposals for Korean readers, and what checks say of the result.

Everything is a proposal: an `Edit` over the plain translation that a person can accept, change or
refuse by itself. Only what agrees with the translation (particles, the ends of sentences) may pass
without a person.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bllossom_data.examples import Edit, Example, Finding, Label, Message
from bllossom_data.instruction_recipe import Localise
from bllossom_data.korean.josa_problems import josa_problems
from bllossom_data.korean.speech_level import profile_findings, sentences, to_level
from bllossom_data.localization.american_subjects import kept_name_findings, topic_findings
from bllossom_data.localization.entities import entity_edits, names_left, plan_entities
from bllossom_data.localization.measures import ExchangeRate, measure_edits
from bllossom_data.localization.rewritten import check_rewritten, eased_where_anew
from bllossom_data.localization.topics import TopicMatch, match_topics
from bllossom_data.translation.checks import OF_SEGMENTS_TOO
from pipelines.drafts import Draft, Translation
from pipelines.rewriting import Rewrite
from pipelines.rows import read_rows, write_rows

__all__ = [
    "EXAMPLES_AT_ONCE",
    "LocaliseInputs",
    "draft_example",
    "draft_unit",
    "localisation_data",
]

EXAMPLES_AT_ONCE = 50

KEPT_SHARE = 0.5
LABEL_MARKS = ("*", "_", "(")
"""How a label or an aside begins, which stands outside the sentences around it."""
_DATA_SUFFIXES = (".toml", ".jsonl", ".tsv")


@dataclass(frozen=True, slots=True)
class LocaliseInputs:
    """What a worker needs: the files that are read, the step's folder, the settings."""

    examples: Path
    translations: Path
    rewrites: Path | None
    folder: Path
    settings: Localise


@cache
def localisation_data() -> str:
    """Hash of the catalogue, the topic rules and the other data that decide proposals."""
    found = sha256()
    for package in ("bllossom_data.localization", "bllossom_data.korean"):
        for file in sorted(_data_files(files(package)), key=lambda one: one.name):
            found.update(file.name.encode() + file.read_bytes())
    return found.hexdigest()


def _data_files(folder: Traversable) -> Iterator[Traversable]:
    for path in folder.iterdir():
        if path.is_dir():
            yield from _data_files(path)
        elif path.name.endswith(_DATA_SUFFIXES):
            yield path


def draft_unit(inputs: LocaliseInputs, unit: str) -> None:
    """Writes the drafts of one run of examples; `unit` is the file, named by its first one."""
    first = int(Path(unit).stem)
    # The step before this one writes a translation of every example, in the same order.
    examples = read_rows(inputs.examples, Example, first, EXAMPLES_AT_ONCE)
    translations = read_rows(inputs.translations, Translation, first, EXAMPLES_AT_ONCE)
    rewrites = (
        {one.id: one for one in read_rows(inputs.rewrites, Rewrite)} if inputs.rewrites else {}
    )
    write_rows(
        inputs.folder / unit,
        [
            draft_example(example, translation, inputs.settings, rewrites.get(example.id))
            for example, translation in zip(examples, translations, strict=True)
        ],
    )


def draft_example(
    example: Example, translation: Translation, settings: Localise, rewrite: Rewrite | None = None
) -> Draft:
    """Proposes rewrites of one example and checks what they make of it.

    Args:
        example: the example.
        translation: its plain translation.
        settings: what the recipe says.
        rewrite: what a model proposes for its subject, if one was asked.
    """
    texts = translation.texts
    # What a model wrote for Korea stands; names and measures are changed around it.
    edits: list[Edit] = list(rewrite.edits or ()) if rewrite else []
    findings: list[Finding] = [*translation.findings, *_rewrite_findings(rewrite)]
    if settings.entities:
        plan = plan_entities(example.messages)
        found, said = entity_edits(plan, texts)
        edits += _beside(found, edits)
        findings += [*said, *kept_name_findings(example.messages, plan)]
    if settings.measures:
        found, said = measure_edits(
            example.messages, texts, rate=ExchangeRate(won=settings.won_per_dollar)
        )
        edits += _beside(found, edits)
        findings += said
    topics = match_topics(example.messages) if settings.topics else []
    findings += topic_findings(example.messages, topics) if settings.topics else ()
    if settings.entities:
        findings += names_left(plan, texts, edits)
    edits += _beside(_particle_edits(texts), edits, apart=1)
    edits += _beside(_level_edits(example.messages, texts, settings), edits)
    draft = Draft(
        id=example.id,
        split=example.split,
        source=example.source,
        license=example.license,
        category=example.category,
        messages=example.messages,
        translations=texts,
        edits=tuple(sorted(edits, key=lambda one: (one.turn, one.start, one.end))),
        findings=(),
        topics=tuple((one.rule.id, tuple(one.rule.must_check)) for one in topics),
        label=_label(edits, topics),
        providers=_providers(translation, rewrite),
        risk=0.0,
    )
    findings = _beside_the_turns(findings, list(_findings(draft, settings)), draft.edits)
    return replace(draft, findings=tuple(findings), risk=_risk(draft, findings))


def _beside_the_turns(
    findings: Sequence[Finding], of_turns: Sequence[Finding], edits: Sequence[Edit]
) -> list[Finding]:
    """All findings, without those of single segments where the same is said of their turn."""
    told = {(one.check, one.turn) for one in of_turns}
    kept = [
        one
        for one in findings
        if one.check not in OF_SEGMENTS_TOO or (one.check, one.turn) not in told
    ]
    return [*kept, *eased_where_anew(of_turns, edits)]


def _rewrite_findings(rewrite: Rewrite | None) -> Iterator[Finding]:
    if rewrite is None:
        return
    if rewrite.edits is None:
        problem = rewrite.problems[-1] if rewrite.problems else "no answer"
        said = f"모델이 주제를 고쳐 쓰지 못했습니다. 직접 고쳐 쓰세요. ({rewrite.model}: {problem})"
        yield Finding("topic_rewrite", "warning", said)
    elif not rewrite.edits:
        said = f"모델은 고칠 것이 없다고 합니다({rewrite.model}). 주제를 직접 확인하세요."
        yield Finding("topic_rewrite", "warning", said)


def _providers(translation: Translation, rewrite: Rewrite | None) -> tuple[str, ...]:
    names = [one.provider for one in translation.segments if one.provider]
    names += [rewrite.model] if rewrite and rewrite.edits else []
    return tuple(dict.fromkeys(names))


def _beside(found: Iterable[Edit], there: Sequence[Edit], apart: int = 0) -> list[Edit]:
    """Edits that overlap none of those that are there.

    Args:
        found: what is proposed.
        there: what has been proposed before.
        apart: least number of characters between the two; a particle belongs to the word before
            it, and where that word changes, the particle was decided with it.
    """
    return [
        one
        for one in found
        if not any(
            other.turn == one.turn
            and one.start < other.end + apart
            and other.start < one.end + apart
            for other in there
        )
    ]


def _particle_edits(texts: Sequence[str | None]) -> Iterator[Edit]:
    for turn, text in enumerate(texts):
        if text is None:
            continue
        for start, end, expected in josa_problems(text):
            yield Edit(
                "josa", turn, start, end, text[start:end], expected, "앞말의 받침에 맞춤", "josa"
            )


def _level_edits(
    messages: Sequence[Message], texts: Sequence[str | None], settings: Localise
) -> Iterator[Edit]:
    """Ends of sentences that leave the speaker's speech level, as little of them as differs."""
    for turn, (message, text) in enumerate(zip(messages, texts, strict=True)):
        if text is None or message.role == "system":
            continue
        wanted = settings.user_level if message.role == "user" else settings.assistant_level
        # A stray sentence is brought into line; a text in another level is somebody's choice.
        if profile_findings(text, wanted).share < KEPT_SHARE:
            continue
        for sentence in sentences(text):
            if sentence.exempt or sentence.level in (wanted, "명사형", "없음"):
                continue
            if sentence.text.lstrip().startswith(LABEL_MARKS):
                continue
            there = text[sentence.start : sentence.end]
            better = to_level(there, wanted)
            if better is None or better == there:
                continue
            same = _common_prefix_chars(there, better)
            yield Edit(
                "style",
                turn,
                sentence.start + same,
                sentence.end,
                there[same:],
                better[same:],
                f"말끝을 {wanted}로 맞춤",
                f"style:{wanted}",
            )


def _common_prefix_chars(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _label(edits: Sequence[Edit], topics: Sequence[TopicMatch]) -> Label:
    if any(one.rule.label == "removed" for one in topics):
        return "removed"
    if any(one.rule.label == "newly_created" for one in topics):
        return "newly_created"
    changed = any(edit.kind in ("entity", "topic", "measure") for edit in edits)
    return "target_modified" if changed or topics else "simply_transferred"


def _findings(draft: Draft, settings: Localise) -> Iterator[Finding]:
    """What checks say of the text after the edits, as a reviewer gets to see it."""
    for turn, message in enumerate(draft.messages):
        level = settings.user_level if message.role == "user" else settings.assistant_level
        korean = draft.rewritten(turn)
        yield from check_rewritten(message, korean, turn, level, draft.edits)


def _risk(draft: Draft, findings: Sequence[Finding]) -> float:
    """0-1: what is wrong for sure weighs most, then what makes the answer's facts doubtful."""
    points = 0.0
    points += 3.0 * (not draft.is_complete())
    points += 1.0 * min(4, sum(one.level == "error" for one in findings))
    points += 0.2 * min(10, sum(one.level == "warning" for one in findings))
    points += 2.0 * any(edit.dependency == "whole_answer" for edit in draft.edits)
    points += 0.5 * any(edit.dependency == "local" for edit in draft.edits)
    points += 1.0 * bool(draft.topics)
    points += 1.0 * (draft.split == "test")
    return round(points / (points + 4.0), 4)
