"""What templates ask for."""

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from annotation.comparing.markdown_html import markdown_html

register = template.Library()
_CHARS_IN_A_ROW = 42
_MIN_ROWS, _MAX_ROWS = 3, 40


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as HTML without anything that could act."""
    return mark_safe(markdown_html(text))


@register.filter
def item(mapping: Any, key: str) -> Any:
    """One value of a mapping."""
    return mapping.get(key, "")


@register.filter
def rows(text: str) -> int:
    """Rows that a text area needs to show a text."""
    needed = sum(1 + len(line) // _CHARS_IN_A_ROW for line in text.split("\n"))
    return min(max(needed + 1, _MIN_ROWS), _MAX_ROWS)


@register.filter
def label_name(label: str) -> str:
    """What became of an example's culture, in words."""
    names = {
        "simply_transferred": _("simply transferred"),
        "target_modified": _("changed for Korea"),
        "removed": _("removed"),
        "newly_created": _("written anew"),
    }
    return str(names.get(label, label))


@register.filter
def decision_name(decision: str) -> str:
    """A decision in words."""
    names = {
        "accept": _("accepted"),
        "correct": _("corrected"),
        "reject": _("rejected"),
        "remove": _("taken out"),
        "retranslate": _("translate again"),
        "first": _("the first is better"),
        "second": _("the second is better"),
        "tie": _("the same"),
        "undo": _("taken back"),
    }
    return str(names.get(decision, decision))
