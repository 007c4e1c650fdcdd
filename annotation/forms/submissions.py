"""What a person sends from the page of an item: read, checked, and never half understood."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from annotation.forms.numbers_sent import number_sent
from annotation.models import Item
from annotation.models.answers import LABELS, VERDICTS
from annotation.work.answering import Submission
from annotation.work.checking import Checked, check_texts
from annotation.work.composing import CHOICES, Choice, cards_of, compose
from bllossom_data.errors import SubmissionError
from bllossom_data.examples import draft_sha256

MAX_TEXT_CHARS = 200_000
MAX_COMMENT_CHARS = 5_000
MAX_SECONDS = 24 * 3600
MIN_REASON_CHARS = 2
_KEY = re.compile(r"^[0-9A-Za-z_-]{8,64}$")
# What the buttons say; whether a text was accepted or corrected follows from the text.
TAKE = "take"
TIE = "tie"
WITHOUT_TEXT = ("reject", "remove", "retranslate")


def clean_text(text: str) -> str:
    """A typed text as it is kept: NFC, with plain line ends, without NUL."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return unicodedata.normalize("NFC", plain)


def choices_of(item: Item, sent: Mapping[str, Any]) -> dict[int, Choice]:
    """What was chosen for each card; those that were not chosen are left out."""
    choices = {}
    for card in cards_of(item.payload):
        verdict = sent.get(f"edit-{card.number}", "")
        if verdict in CHOICES:
            after = clean_text(str(sent.get(f"edit-{card.number}-after", "")))[:MAX_TEXT_CHARS]
            choices[card.number] = Choice(verdict, after if verdict == "change" else "")
    return choices


def texts_of(item: Item, sent: Mapping[str, Any], choices: Mapping[int, Choice]) -> list[str]:
    """Korean of every turn: what was typed, else what the chosen edits come to.

    A text that was left as the draft has it follows the choices, so that the page works without
    scripts; one that the page says is a person's own stays as it is, to the last space.
    """
    as_drafted = compose(item.payload, {})
    as_chosen = compose(item.payload, choices)
    texts = []
    for turn, (drafted, chosen) in enumerate(zip(as_drafted, as_chosen, strict=True)):
        typed = sent.get(f"turn-{turn}")
        text = drafted.content if typed is None else clean_text(str(typed))
        left_alone = text == clean_text(drafted.content) and not sent.get(f"own-{turn}")
        texts.append(chosen.content if left_alone else text)
    return texts


def read_rewrite(item: Item, sent: QueryDict) -> Submission:
    """Reads a decision about a draft.

    Raises:
        SubmissionError: it says what is missing; nothing is kept but what was typed.
    """
    choices = choices_of(item, sent)
    texts = texts_of(item, sent, choices)
    wanted = sent.get("decision", "")
    comment = _comment(sent)
    problems = _common_problems(sent)
    dismissed: dict[str, str] = {}
    blocking: list[Checked] = []
    messages: list[dict[str, str]] = []
    decision = wanted
    if wanted == TAKE:
        problems += _text_problems(item, texts, choices)
        found = check_texts(item.payload, texts, sent.get("label", "")) if not problems else []
        dismissed, blocking = _dismissed(sent, found)
        decision, messages = _decided(item, texts)
    elif wanted in WITHOUT_TEXT:
        if len(comment) < MIN_REASON_CHARS:
            problems.append(_("Say why: the reason goes to whoever looks at it next."))
    else:
        problems.append(_("Choose a decision."))
    label = sent.get("label", "")
    if label and label not in LABELS:
        problems.append(_("The label %(label)s is not known.") % {"label": label})
    if wanted == TAKE and (label or item.payload["draft"]["label"]) == "removed":
        problems.append(_("What is approved is published: choose what became of it, or remove it."))
    if problems or blocking:
        raise SubmissionError(problems, blocking)
    return Submission(
        decision=decision,
        messages=messages,
        choices={str(n): {"verdict": c.verdict, "after": c.after} for n, c in choices.items()},
        dismissed=dismissed,
        label=label,
        comment=comment,
        **_common(sent),
    )


def _text_problems(item: Item, texts: list[str], choices: Mapping[int, Choice]) -> list[str]:
    problems = []
    for turn, text in enumerate(texts):
        if not text.strip():
            problems.append(_("Turn %(turn)s is empty.") % {"turn": turn + 1})
        if len(text) > MAX_TEXT_CHARS:
            problems.append(_("Turn %(turn)s is too long.") % {"turn": turn + 1})
    for card in cards_of(item.payload):
        if card.must_choose and card.number not in choices:
            said = _("Choose for “%(before)s”: the whole answer depends on it.")
            problems.append(said % {"before": card.edit.before})
    return problems


def _dismissed(sent: QueryDict, found: list[Checked]) -> tuple[dict[str, str], list[Checked]]:
    """Reasons given for warnings, and the findings that stand in the way."""
    reasons, blocking = {}, []
    for one in found:
        reason = clean_text(sent.get(f"dismiss-{one.key}", "")).strip()[:MAX_COMMENT_CHARS]
        if one.blocks or len(reason) < MIN_REASON_CHARS:
            blocking.append(one)
        else:
            reasons[one.key] = reason
    return reasons, blocking


def _decided(item: Item, texts: list[str]) -> tuple[str, list[dict[str, str]]]:
    drafted = compose(item.payload, {})
    messages = [type(one)(one.role, text) for one, text in zip(drafted, texts, strict=True)]
    if item.draft_sha256 and draft_sha256(messages) == item.draft_sha256:
        return "accept", []
    return "correct", [{"role": one.role, "content": one.content} for one in messages]


def read_verdict(item: Item, sent: QueryDict, shown_first: str) -> Submission:
    """Reads a verdict on a pair.

    Args:
        item: the pair.
        sent: fields of the page.
        shown_first: the answer that stood on the left; the server's own knowledge, not the page's.

    Raises:
        SubmissionError: it says what is missing.
    """
    problems = _common_problems(sent)
    letters = sides(shown_first)
    verdict = {**letters, TIE: TIE}.get(sent.get("verdict", ""), "")
    if verdict not in VERDICTS:
        problems.append(_("Choose which answer is better, or that neither is."))
    acceptable = {}
    for letter, side in letters.items():
        said = sent.get(f"{letter}_acceptable", "")
        if said not in ("yes", "no"):
            problems.append(_("Say of both answers whether they are acceptable."))
            break
        acceptable[f"{side}_acceptable"] = said == "yes"
    if problems:
        raise SubmissionError(problems)
    return Submission(
        decision=verdict,
        comment=_comment(sent),
        shown_first=shown_first,
        **acceptable,
        **_common(sent),
    )


def sides(shown_first: str) -> dict[str, str]:
    """Which answer of the file each letter of the page is, so that the page need not name it."""
    return {"a": shown_first, "b": "second" if shown_first == "first" else "first"}


def _comment(sent: QueryDict) -> str:
    return clean_text(sent.get("comment", "")).strip()[:MAX_COMMENT_CHARS]


def _common_problems(sent: QueryDict) -> list[str]:
    if not _KEY.match(sent.get("key", "")) or number_sent(sent.get("seen_answer", "")) is None:
        return [_("The form is not complete. Load the page again.")]
    return []


def _common(sent: QueryDict) -> dict[str, Any]:
    return {
        "seen_answer": number_sent(sent["seen_answer"]),
        "seen_basis": sent.get("seen_basis", ""),
        "seen_version": number_sent(sent.get("seen_version", "")) or 0,
        "idempotency_key": sent["key"],
        "seconds": min(number_sent(sent.get("seconds", "")) or 0, MAX_SECONDS),
    }
