"""Judgements of pairs, as lines of a file."""


def judged(number: int, **changes) -> dict:
    """A line as the review page exports it."""
    return {
        "id": f"q{number}",
        "prompt": [{"role": "user", "content": f"{number}번 질문: 김치는 어떻게 담가요?"}],
        "first": f"배추를 절입니다. ({number})",
        "second": f"잘 모르겠습니다. ({number})",
        "verdict": "first",
        "both_unacceptable": False,
        "judge": "kim",
        "license": "cc0-1.0",
        "first_system": "bllossom",
        "second_system": "other",
        "first_acceptable": True,
        "second_acceptable": False,
        "shown_first": "second",
        "category": "food",
        "decided_at": "2026-11-25T10:00:00Z",
        "comment": "",
        **changes,
    }
