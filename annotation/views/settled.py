"""What a reader sees of a draft that was settled: the source and what was decided, no proposals."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.comparing.markdown_html import markdown_html
from annotation.models import Item
from annotation.views.rewrite_screen import texts_said


def settled_page(request: HttpRequest, item: Item) -> HttpResponse:
    """The English, and the Korean where it was decided that there is one."""
    outcome = item.outcome
    with_text = outcome is not None and outcome.decision in ("accept", "correct")
    english = item.payload["draft"]["messages"]
    korean = texts_said(item, outcome) if with_text else [None] * len(english)
    turns = [
        {
            "number": turn,
            "role": message["role"],
            "english_html": markdown_html(message["content"]),
            "korean_html": None if text is None else markdown_html(text),
        }
        for turn, (message, text) in enumerate(zip(english, korean, strict=True), 1)
    ]
    label = outcome.label or item.payload["draft"]["label"] if with_text else ""
    context = {"item": item, "turns": turns, "outcome": outcome, "label": label}
    return render(request, "annotation/settled.html", context)
