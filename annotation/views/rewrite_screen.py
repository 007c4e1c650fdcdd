"""What the screen of a draft shows."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from annotation.comparing.markdown_html import markdown_html
from annotation.comparing.terms import TermPage
from annotation.comparing.word_difference import difference_html
from annotation.forms.submissions import choices_of, texts_of
from annotation.models import Answer, Item, Person
from annotation.models.answers import LABELS
from annotation.templatetags.annotation import decision_name
from annotation.work.checking import Checked, check_texts
from annotation.work.composing import Choice, cards_of, compose, edits_of, read_choices
from annotation.work.states import State
from bllossom_data.examples import Edit, Message
from bllossom_data.localization.topic_rules import load_topic_rules


def rewrite_context(
    item: Item, person: Person, sent: Mapping[str, Any] | None, standing: Answer | None
) -> dict[str, Any]:
    """Turns, edits, findings, similar decisions and suggestions of a draft.

    Args:
        item: the item.
        person: who looks.
        sent: fields that were typed or sent before; None to begin from `standing`.
        standing: the answer that stands, if one does.
    """
    if sent is None:
        sent = fields_of(item, standing) if standing else {}
    choices = choices_of(item, sent)
    texts = texts_of(item, sent, choices)
    checked = check_texts(item.payload, texts, str(sent.get("label") or ""))
    page = _term_page(item)
    return {
        "turns": _turns(item, texts, choices, sent, page),
        "terms": page.terms(),
        "checked": checked,
        "reasons": {one.key: sent.get(f"dismiss-{one.key}", "") for one in checked},
        "reasons_kept": _reasons_kept(sent, checked),
        "fields": sent,
        "labels": LABELS,
        "label": sent.get("label") or item.payload["draft"]["label"],
        "topics": [(_subject(rule), checks) for rule, checks in item.payload["draft"]["topics"]],
        "similar": _similar(item),
        "suggestions": item.payload.get("suggestions", ()),
        "sent_back": _sent_back(item),
    }


@cache
def _subjects() -> dict[str, str]:
    return {rule.id: rule.subject for rule in load_topic_rules().rules}


def _subject(rule: str) -> str:
    """A topic rule's subject in Korean; of a rule that is not there any more, its name."""
    return _subjects().get(rule, rule)


def _reasons_kept(sent: Mapping[str, Any], checked: Sequence[Checked]) -> dict[str, str]:
    """Reasons for warnings that are not there now: one more letter may bring them back."""
    shown = {f"dismiss-{one.key}" for one in checked}
    return {
        name: said
        for name, said in sent.items()
        if name.startswith("dismiss-") and name not in shown and said
    }


def _sent_back(item: Item) -> dict[str, str] | None:
    """Why people refused the same draft before, where a build asks for it again."""
    earlier = item.payload.get("earlier")
    if not earlier or earlier["decision"] not in ("reject", "retranslate"):
        return None
    return {"said": decision_name(earlier["decision"]), "comment": earlier.get("comment") or ""}


def _term_page(item: Item) -> TermPage:
    return TermPage([Message(**one) for one in item.payload["draft"]["messages"]])


def _turns(
    item: Item,
    texts: Sequence[str],
    choices: Mapping[int, Choice],
    sent: Mapping[str, Any],
    page: TermPage,
) -> list[dict[str, Any]]:
    draft = item.payload["draft"]
    as_chosen = compose(item.payload, choices)
    return [
        {
            "number": turn,
            "role": message["role"],
            "english": page.english_html(turn, message["content"]),
            "english_html": markdown_html(message["content"]),
            "machine": draft["translations"][turn],
            "machine_html": markdown_html(draft["translations"][turn] or ""),
            "text": text,
            "text_html": markdown_html(text),
            "terms": page.korean_html(text),
            "difference": difference_of_texts(draft["translations"][turn] or "", text),
            "own": bool(sent.get(f"own-{turn}")) or text != as_chosen[turn].content,
            "edits": _cards(item, turn, choices, sent),
        }
        for turn, (message, text) in enumerate(zip(draft["messages"], texts, strict=True))
    ]


def _cards(
    item: Item, turn: int, choices: Mapping[int, Choice], sent: Mapping[str, Any]
) -> list[dict[str, Any]]:
    edits = edits_of(item.payload)
    cards = []
    for name, card in enumerate(cards_of(item.payload), 1):
        if card.edit.turn != turn:
            continue
        chosen = choices.get(card.number)
        cards.append(
            {
                "number": card.number,
                "name": name,
                "edit": card.edit,
                "verdict": chosen.verdict if chosen else ("" if card.must_choose else "accept"),
                "after": sent.get(f"edit-{card.number}-after", card.edit.after),
                "must_choose": card.must_choose,
                "context": _context(item, card.edit),
                "places": len(card.numbers),
                "particles": [edits[number] for number in card.followers],
            }
        )
    return cards


def _context(item: Item, edit: Edit, chars: int = 24) -> tuple[str, str]:
    """A few characters on both sides, so that the card can be judged by itself."""
    text = item.payload["draft"]["translations"][edit.turn] or ""
    left = text[max(0, edit.start - chars) : edit.start].rpartition("\n")[2]
    right = text[edit.end : edit.end + chars].partition("\n")[0]
    return left, right


def difference_of_texts(before: str, after: str) -> str:
    """Word-level difference as HTML."""
    return difference_html(before, after)


def _similar(item: Item) -> list[dict[str, Any]]:
    keys = list(item.payload.get("similar", ()))
    found = (
        Item.objects.filter(project=item.project, key__in=keys, state=State.APPROVED)
        .select_related("outcome")
        .defer("search_text")
    )
    by_key = {one.key: one for one in found}
    return [
        {
            "item": by_key[key],
            "decision": decision_name(by_key[key].outcome.decision),
            "edits": [edit for edit in edits_of(by_key[key].payload) if edit.kind == "entity"],
        }
        for key in keys
        if key in by_key
    ]


def fields_of(item: Item, answer: Answer) -> dict[str, Any]:
    """An answer as the fields of the form, to go on from there."""
    fields: dict[str, Any] = {"label": answer.label, "comment": answer.comment}
    for number, choice in answer.choices.items():
        fields[f"edit-{number}"] = choice["verdict"]
        fields[f"edit-{number}-after"] = choice.get("after", "")
    for key, reason in answer.dismissed.items():
        fields[f"dismiss-{key}"] = reason
    as_chosen = compose(item.payload, read_choices(answer.choices))
    for turn, text in enumerate(texts_said(item, answer)):
        fields[f"turn-{turn}"] = text
        if text != as_chosen[turn].content:
            fields[f"own-{turn}"] = "1"
    return fields


def texts_said(item: Item, answer: Answer) -> list[str]:
    """Korean turns that an answer comes to."""
    if answer.messages:
        return [message["content"] for message in answer.messages]
    return [one.content for one in compose(item.payload, read_choices(answer.choices))]


def checks_json(found: Sequence[Checked]) -> list[dict[str, Any]]:
    """Findings for the script of the page."""
    return [
        {
            "key": one.key,
            "check": one.finding.check,
            "level": one.finding.level,
            "message": one.finding.message,
            "turn": one.finding.turn,
            "start": one.finding.start,
            "end": one.finding.end,
        }
        for one in found
    ]


def turns_json(
    item: Item, texts: Sequence[str], choices: Mapping[int, Choice]
) -> list[dict[str, str]]:
    """What follows from what is typed: the text, its difference, and how it looks."""
    machine = item.payload["draft"]["translations"]
    as_chosen = compose(item.payload, choices)
    page = _term_page(item)
    return [
        {
            "text": text,
            "chosen": as_chosen[turn].content,
            "difference": difference_of_texts(machine[turn] or "", text),
            "html": markdown_html(text),
            "terms": page.korean_html(text),
        }
        for turn, text in enumerate(texts)
    ]


def three_versions(
    item: Item, standing: Answer | None, sent: Mapping[str, Any]
) -> list[dict[str, str]]:
    """What both began from, what stands now, and what was sent, turn by turn."""
    base = [one.content for one in compose(item.payload, {})]
    theirs = texts_said(item, standing) if standing else base
    mine = texts_of(item, sent, choices_of(item, sent))
    return [
        {"base": a, "theirs": b, "mine": c, "difference": difference_of_texts(b, c)}
        for a, b, c in zip(base, theirs, mine, strict=True)
    ]
