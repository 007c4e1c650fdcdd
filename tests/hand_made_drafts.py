"""Drafts for tests: one turn of question and answer, in every state that matters."""

from bllossom_data.examples import Edit, Message, Review, draft_sha256
from pipelines.drafts import Draft

ENGLISH = (Message("user", "Where can I hike?"), Message("assistant", "Try Mount Stuart."))
KOREAN = ("어디에서 등산할 수 있어요?", "스튜어트산에 가 보시기 바랍니다.")
ENTITY = Edit(
    "entity", 1, 0, 5, "스튜어트산", "북한산", "가까운 산으로", "entity:place-0007", "whole_answer"
)


def draft(name: str = "demo-1", **changes) -> Draft:
    given = {
        "id": name,
        "split": "train",
        "source": "demo",
        "license": "cc0-1.0",
        "category": None,
        "messages": ENGLISH,
        "translations": KOREAN,
        "edits": (),
        "findings": (),
        "topics": (),
        "label": "simply_transferred",
        "providers": ("memory",),
        "risk": 0.0,
        **changes,
    }
    return Draft(**given)


def review(one: Draft, decision: str = "accept", **changes) -> Review:
    given = {
        "example_id": one.id,
        "decision": decision,
        "draft_sha256": draft_sha256(one.korean()) if one.is_complete() else None,
        "messages": (),
        "label": None,
        "reviewer": "reviewer-1",
        "decided_at": "2026-11-25T09:00:00Z",
        **changes,
    }
    return Review(**given)
