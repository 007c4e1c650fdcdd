"""Checks of what a translation must keep: slots, addresses, agreed terms, numbers, days."""

import re
from collections import Counter

from bllossom_data.examples import Finding
from bllossom_data.korean.number_values import Number
from bllossom_data.korean.numbers import compare_numbers
from bllossom_data.korean.weekdays import exchanged_weekdays
from bllossom_data.translation.check_context import ADDRESS, CheckContext, report
from bllossom_data.translation.checks_places import check_slot_places
from bllossom_data.translation.segments import SLOT

__all__ = ["check_addresses", "check_glossary", "check_numbers", "check_slots", "check_weekdays"]


def check_slots(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """Every slot of the source is there once, in any order, and no other."""
    wanted = Counter(match[0] for match in SLOT.finditer(source))
    found = Counter(match[0] for match in SLOT.finditer(korean))
    findings = [
        report("slots", "error", f"번역문에 빠진 자리표시: {mark}", context)
        for mark in (wanted - found)
    ]
    extra = found - wanted
    for match in reversed(list(SLOT.finditer(korean))):
        mark = match[0]
        if not extra[mark]:
            continue
        extra[mark] -= 1
        said = "원문보다 여러 번 나온 자리표시" if mark in wanted else "원문에 없는 자리표시"
        message = f"{said}: {mark}"
        findings.append(report("slots", "error", message, context, match.span()))
    findings += [
        report("slots", "error", f"깨진 자리표시: {match[0]}", context, match.span())
        for match in re.finditer(r"⟦(?![0-9]+⟧)[^⟦⟧]{0,12}⟧?|(?<![0-9])⟧", korean)
        if match[0] not in source
    ]
    return findings or check_slot_places(source, korean, context)


def _addresses(text: str) -> Counter[str]:
    return Counter(match[0].rstrip(".,;:!?*_") for match in ADDRESS.finditer(text))


def check_addresses(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The same web and e-mail addresses on both sides."""
    wanted, found = _addresses(source), _addresses(korean)
    findings = [
        report("addresses", "error", f"번역문에 빠진 주소: {address}", context)
        for address in wanted
        if address not in found
    ]
    for address in found:
        if address not in wanted:
            start = korean.index(address)
            message = f"원문에 없는 주소: {address}"
            findings.append(
                report("addresses", "error", message, context, (start, start + len(address)))
            )
    return findings


def check_glossary(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """A term of the glossary that the source uses is what it must become."""
    together = re.sub(r"\s", "", korean)
    findings = []
    for english, wanted in context.glossary:
        flags = 0 if english != english.lower() else re.IGNORECASE
        used = re.search(rf"(?<!\w){re.escape(english)}(?:s|es)?(?!\w)", source, flags)
        if used and re.sub(r"\s", "", wanted) not in together:
            message = f"용어집과 다릅니다. {english} → {wanted}"
            findings.append(report("glossary", "error", message, context))
    return findings


def check_numbers(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The same numbers by value and unit, but for those that deliberate edits changed."""
    findings: list[Finding] = []
    if source == korean:
        return findings
    for problem in compare_numbers(source, korean, context.edits):
        number, text = problem.number, problem.number.text.strip()
        span = (number.start, number.end)
        if problem.source is not None:
            units = f"{_units(problem.source)} → {_units(number)}"
            message = f"단위가 다릅니다: {text}({units})"
            findings.append(report("numbers", "warning", message, context, span))
        elif problem.problem == "missing":
            message = f"번역문에 빠진 수: {text}"
            findings.append(report("numbers", "warning", message, context))
        else:
            message = f"원문에 없는 수: {text}"
            findings.append(report("numbers", "warning", message, context, span))
    return findings


def check_weekdays(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The same days of the week."""
    return [
        report("weekdays", "warning", f"원문의 요일은 {instead}입니다.", context, (start, end))
        for start, end, instead in exchanged_weekdays(source, korean)
    ]


def _units(number: Number) -> str:
    return "·".join(sorted(number.units))
