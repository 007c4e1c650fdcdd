"""Lines of ``waiting.jsonl`` and of pairs, as the pipelines write them."""

import json
import os
from dataclasses import asdict

from hand_made_drafts import ENTITY, draft

from bllossom_data.examples import draft_sha256


def waiting_line(number: int = 0, **changes) -> dict:
    """A draft with one proposed rewrite on which the whole answer depends."""
    changes = {"edits": (ENTITY,), "risk": round(1 - number / 1000, 4), **changes}
    one = draft(f"demo-{number:05d}", **changes)
    complete = one.is_complete()
    return json.loads(
        json.dumps(
            {
                "draft": asdict(one),
                "draft_sha256": draft_sha256(one.korean()) if complete else None,
                "korean": [asdict(turn) for turn in one.korean()] if complete else [],
                "similar": [],
                "void": None,
                "earlier": None,
            },
            ensure_ascii=False,
        )
    )


def pair_line(number: int = 0, **changes) -> dict:
    """Two answers to one question."""
    return {
        "id": f"q{number:05d}",
        "prompt": f"{number}번 질문: 김치는 어떻게 담가요?",
        "first": {"text": f"배추를 절입니다. ({number})", "system": "bllossom"},
        "second": {"text": f"절인 배추에 양념을 넣습니다. ({number})", "system": "other"},
        "license": "cc-by-4.0",
        "category": "food",
        **changes,
    }


def write_lines(path, lines) -> None:
    path.write_text(
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8"
    )


def page_environment(**more):
    """What a command of the page sees: no setting of the tests themselves."""
    own = ("BLLOSSOM_REVIEW_", "DATABASE_URL", "TEST_DATABASE_URL", "DJANGO_")
    mine = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {**mine, **more}
