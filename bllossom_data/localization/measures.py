"""Miles, Fahrenheit, pounds and dollars in a Korean translation, into what Koreans use.

Only a quantity that the English turn states as well is touched, and never where it is in code, in a
quotation, in a title or in an idiom, nor where the number itself is what is being asked: problems
of arithmetic, conversions, programs, how tall a tower is. What a calculation or a sum in the text
depends on, the price of a US unit, and what is told of the past, is left and named for the
reviewer. Money that follows from other money is converted without rounding.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from bllossom_data.examples import Edit, Finding, Message, apply_edits
from bllossom_data.localization.measure_bodies import MEANT_TO_CHANGE, meant_pounds
from bllossom_data.localization.measure_contacts import (
    american_dates,
    american_phones,
    clothing_sizes,
)
from bllossom_data.localization.measure_contexts import (
    degrees_added,
    degrees_in_doubt,
    left_to_a_person,
    mpg_found,
    sentence_of,
    stated_measures,
    used_in_answers,
)
from bllossom_data.localization.measure_questions import (
    asks_for_a_past_price,
    numbers_are_the_subject,
)
from bllossom_data.localization.measure_relations import Relations, relations_of
from bllossom_data.localization.measure_text import (
    KoreanQuantity,
    fenced_numbers,
    is_protected,
    joined,
    korean_quantities,
    protected_spans,
)
from bllossom_data.localization.measure_units import (
    ExchangeRate,
    Quantity,
    UnitName,
    celsius,
    converted,
    exact_won,
    korean_number,
    meant_kilograms,
    won,
    won_text,
)

__all__ = ["CurrencyPolicy", "ExchangeRate", "measure_edits"]

CurrencyPolicy: TypeAlias = Literal["convert", "keep", "gloss"]

_LONG_NUMBER = re.compile(r"\d[\d,]{24,}")
CUP_MILLILITRES = 240
CUP_GLOSS = f"(1컵은 {CUP_MILLILITRES}ml)"
READINGS = {
    "km": "킬로미터", "m": "미터", "cm": "센티미터", "mm": "밀리미터", "kg": "킬로그램",
    "g": "그램", "L": "리터", "ml": "밀리리터", "㎡": "제곱미터",
    "㎢": "제곱킬로미터", "km/h": "킬로미터", "°C": "도", "℃": "도",
}  # fmt: skip
METRIC_AFTER = re.compile(
    r" ?\((?:약 ?|대략 ?)?(?P<number>[\d,]+(?:\.\d+)?) ?"
    r"(?P<unit>km/h|km|cm|mm|m|kg|g|ml|mL|L|l|°C|℃|섭씨|도|킬로미터|미터|센티미터|킬로그램|그램|리터)\)"
)
METRIC_BEFORE = re.compile(
    r"\d ?(?:km/h|km|cm|mm|m|kg|g|ml|mL|L|°C|℃|도|킬로미터|미터|센티미터|킬로그램|그램|리터) ?\($"
)
VAGUE = re.compile(
    r"(?:몇|수십|수백|수천) ?(?:십|백|천)? ?(?:인치|피트|야드|마일|파운드|온스|갤런|쿼트|에이커)"
)
AREAS = ("square_foot", "square_mile")
FEVER = re.compile(r"열이|열은|체온|고열|미열")
TALL = re.compile(r"키|신장|몸집")


@dataclass(frozen=True, slots=True)
class _Turn:
    number: int
    english: str
    korean: str
    protected: list[tuple[int, int]]
    stated: set[tuple[UnitName, float]]
    conversation: "_Conversation"


@dataclass(frozen=True, slots=True)
class _Conversation:
    relations: Relations
    used: set[tuple[UnitName, float]]
    meant: frozenset[float]
    rate: ExchangeRate


def measure_edits(
    messages: Sequence[Message],
    translations: Sequence[str | None],
    *,
    currency: CurrencyPolicy = "convert",
    rate: ExchangeRate | None = None,
) -> tuple[list[Edit], list[Finding]]:
    """What becomes of the US measures of a translated conversation.

    Args:
        messages: the English conversation.
        translations: the Korean of each message, in order; None where there is none.
        currency: dollars become won, stay, or stay with won in brackets.
        rate: won for a dollar; `ExchangeRate()` if not given.

    Returns:
        Edits by turn and place, with those of the particles behind them; and what only a person
        can decide.

    Raises:
        ValueError: there are not as many translations as messages.
    """
    if len(messages) != len(translations):
        raise ValueError(f"{len(messages)} messages, but {len(translations)} translations")
    edits: list[Edit] = []
    findings: list[Finding] = []
    messages = [replace(one, content=_without_long_numbers(one.content)) for one in messages]
    translations = [one and _without_long_numbers(one) for one in translations]
    arithmetic = numbers_are_the_subject(messages)
    rate = rate or ExchangeRate()
    conversation = _Conversation(
        relations_of(messages, rate), used_in_answers(messages), meant_pounds(messages), rate
    )
    stated = stated_measures(messages)
    kept = "keep" if asks_for_a_past_price(messages) else currency
    for number, (message, korean) in enumerate(zip(messages, translations, strict=True)):
        if korean is None:
            continue
        protected = protected_spans(korean)
        turn = _Turn(number, message.content, korean, protected, stated[number], conversation)
        found = [*_contact_edits(turn)]
        findings += clothing_sizes(message.content, korean, number)
        if arithmetic:
            findings += _areas_left(turn)
        else:
            findings += _doubtful_degrees(turn)
            findings += _fuel_left(turn)
            findings += _vague_amounts_left(turn)
            glossed = CUP_GLOSS in korean or any(CUP_GLOSS in edit.after for edit in edits)
            found += _quantity_edits(turn, kept, findings, glossed=glossed)
        found = _without_overlaps(found)
        edits += sorted([*found, *_josa_edits(korean, found)], key=lambda edit: edit.start)
    return edits, findings


def _without_long_numbers(text: str) -> str:
    """The text, as long as before, without what has more digits than any measure."""
    return _LONG_NUMBER.sub(lambda match: "#" * len(match[0]), text)


def _without_overlaps(edits: Sequence[Edit]) -> list[Edit]:
    """Edits in order; of two that touch the same characters, the first stays."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def _contact_edits(turn: _Turn) -> Iterator[Edit]:
    for start, end, after in american_dates(turn.english, turn.korean):
        if not is_protected(turn.protected, start, end):
            yield _edit(turn, start, end, after, "미국식 월/일/연도를 연월일 순서로", "date")
    for start, end, after in american_phones(turn.english, turn.korean):
        if not is_protected(turn.protected, start, end):
            reason = (
                "미국 전화번호를 한국에 있을 수 없는 번호로 바꿈. 실제 기관의 번호라면 한국의 해당 "
                "기관 번호로 바꾸어 주세요."
            )
            yield _edit(turn, start, end, after, reason, "phone")


def _edit(turn: _Turn, start: int, end: int, after: str, reason: str, name: str) -> Edit:
    return Edit(
        "measure", turn.number, start, end, turn.korean[start:end], after, reason,
        f"measure:{name}", "local" if name in ("currency", "phone") else "none",
    )  # fmt: skip


def _quantity_edits(
    turn: _Turn,
    currency: CurrencyPolicy,
    findings: list[Finding],
    *,
    glossed: bool,
) -> Iterator[Edit]:
    for one in _changeable(turn, findings):
        if one.unit == "cup":
            if not glossed and not METRIC_AFTER.match(turn.korean, one.end):
                glossed = True
                reason = "컵은 그대로 두고 미국 컵의 크기를 한 번 밝힘"
                yield _edit(turn, one.end, one.end, CUP_GLOSS, reason, "cup")
        elif one.unit == "dollar":
            if currency != "keep":
                yield _money_edit(turn, one, currency)
        else:
            depends = turn.conversation.used.intersection((one.unit, value) for value in one.values)
            edit = _metric_edit(turn, one)
            yield replace(edit, dependency="local") if depends else edit


def _changeable(turn: _Turn, findings: list[Finding]) -> list[KoreanQuantity]:
    """Quantities that can be converted by themselves; what is left is told where it may mislead."""
    in_code = fenced_numbers(turn.english)
    chosen: list[KoreanQuantity] = []
    left: list[tuple[KoreanQuantity, str | None]] = []
    for one in korean_quantities(turn.korean):
        if is_protected(turn.protected, one.start, one.end) or set(one.values) & in_code:
            continue
        one = _as_height(turn, one)
        if not all((one.unit, value) in turn.stated for value in one.values):
            left.append((one, None))
        elif reason := left_to_a_person(
            turn.english, turn.korean, one, turn.conversation.relations
        ):
            left.append((one, reason))
        else:
            chosen.append(one)
    for one, reason in left:
        beside = [other for other in chosen if other.unit == one.unit]
        # Of "this or that" both are converted or none.
        alternatives = [other for other in beside if _are_joined(turn.korean, one, other)]
        chosen = [other for other in chosen if other not in alternatives]
        if reason is None and (one.unit in AREAS or alternatives):
            reason = "미국 단위가 그대로 남아 있습니다."
        elif reason is None and beside:
            reason = "같은 글의 다른 값은 바꾸고 이것은 원문에서 찾지 못해 그대로 두었습니다."
        if reason:
            findings.append(_left(turn, one.start, one.end, reason))
    return chosen


def _are_joined(korean: str, one: KoreanQuantity, other: KoreanQuantity) -> bool:
    first, second = (one, other) if one.start < other.start else (other, one)
    return joined(korean, first, second)


def _left(turn: _Turn, start: int, end: int, reason: str) -> Finding:
    said = f"{turn.korean[start:end]!r}: {reason}"
    return Finding("measure", "warning", said, turn.number, start, end)


def _areas_left(turn: _Turn) -> Iterator[Finding]:
    """Square feet in a text whose numbers are its subject, which no edit touches."""
    for one in korean_quantities(turn.korean):
        if one.unit in AREAS and not is_protected(turn.protected, one.start, one.end):
            yield _left(turn, one.start, one.end, "미국 단위가 그대로 남아 있습니다.")


def _fuel_left(turn: _Turn) -> Iterator[Finding]:
    for start, end, there in mpg_found(turn.korean):
        if not is_protected(turn.protected, start, end):
            yield _left(turn, start, end, f"미국의 연비입니다. 한국에서는: {there}.")


def _vague_amounts_left(turn: _Turn) -> Iterator[Finding]:
    """A few inches: no number says how many centimetres that would be."""
    for found in VAGUE.finditer(turn.korean):
        if not is_protected(turn.protected, *found.span()):
            reason = "어림한 양이라 바꾸지 않았습니다. 한국에서 쓰는 단위로 얼마인지 적어 주세요."
            yield _left(turn, *found.span(), reason)


def _doubtful_degrees(turn: _Turn) -> Iterator[Finding]:
    """Degrees without a scale that no edit touches and that a Korean would read as Celsius."""
    said = "원문에 온도의 단위가 없어 화씨일 수 있습니다. 섭씨로 바꾸어야 하는지 살펴보세요."
    told = set()
    for number, is_fever in dict.fromkeys(degrees_in_doubt(turn.english)):
        if ("fahrenheit", float(number)) in turn.stated:
            continue
        unit = "" if is_fever else " ?(?:도|°)"
        found = re.search(
            rf"(?<!섭씨 )(?<![\d.,]){re.escape(number.lstrip('-'))}(?![\d.,]\d|\d){unit}",
            turn.korean,
        )
        if found and not is_protected(turn.protected, *found.span()):
            told.add(found.start())
            yield _left(turn, *found.span(), said)
    for degrees, start, end in degrees_added(turn.english, turn.korean):
        known = start in told or ("fahrenheit", degrees) in turn.stated
        if not known and not is_protected(turn.protected, start, end):
            yield _left(turn, start, end, said)


def _as_height(turn: _Turn, one: KoreanQuantity) -> KoreanQuantity:
    """A person's height in feet alone is as exact as one in feet and inches."""
    sentence = turn.korean[turn.korean.rfind("\n", 0, one.start) + 1 : one.start]
    if one.unit == "foot" and TALL.search(sentence) and ("height", one.values[0]) in turn.stated:
        return KoreanQuantity("height", one.values, one.start, one.end, one.symbol, one.space)
    return one


def _money_edit(turn: _Turn, one: KoreanQuantity, currency: CurrencyPolicy) -> Edit:
    rate = turn.conversation.rate
    exact = turn.conversation.relations.exact
    amounts = [exact_won(one, rate) if one in exact else won(one, rate) for one in one.values]
    text = won_text(amounts[-1])
    if len(amounts) > 1:
        text = f"{won_text(amounts[0]).removesuffix('원').rstrip()}{one.to}{text}"
    reason = f"달러를 원으로({rate.day} 1달러 {rate.won:,.0f}원 기준)"
    if exact.intersection(one.values):
        reason = (
            f"달러를 원으로({rate.day} 1달러 {rate.tens:,.0f}원 기준), "
            "글 안의 다른 금액과 맞도록 어림하지 않고"
        )
    if currency == "gloss":
        return _edit(turn, one.end, one.end, f"(약 {text})", reason, "currency")
    return _edit(turn, one.start, one.end, text, reason, "currency")


def _metric_edit(turn: _Turn, one: KoreanQuantity) -> Edit:
    """Metric in place of a US quantity; a metric value in brackets behind it wins over ours."""
    if one.unit == "fahrenheit":
        fever = FEVER.search(turn.korean[max(0, one.start - 20) : one.start + 20]) is not None
        values = [celsius(value, fever=fever) for value in one.values]
        word = symbol = ""
    else:
        quantities = _quantities(turn, one)
        values = [quantity.value for quantity in quantities]
        word, symbol = quantities[-1].word, quantities[-1].symbol
        if len(quantities) > 1 and quantities[0].word != word:
            low = f"{korean_number(values[0])}{quantities[0].word}"
            return _metric(turn, one, f"{low}{one.to}{korean_number(values[1])}{word}")
    end = one.end
    if (bracket := METRIC_AFTER.match(turn.korean, one.end)) and len(values) == 1:
        values, end = [float(bracket["number"].replace(",", ""))], bracket.end()
    if METRIC_BEFORE.search(turn.korean[: one.start]) and turn.korean.startswith(")", one.end):
        start = turn.korean.rindex("(", 0, one.start)
        reason = "미터법 값이 이미 있어 괄호 안의 미국 단위를 뺌"
        return _edit(turn, start, one.end + 1, "", reason, one.unit)
    if one.unit == "fahrenheit":
        text = _degrees(turn, one, values)
    else:
        numbers = one.to.join(map(korean_number, values))
        space = one.space if one.symbol or turn.korean[one.start].isdigit() else ""
        space = " " if numbers.endswith("만") and not one.symbol else space
        speed = "시속 " if one.lead == "시속 " else ""
        text = f"{speed}{numbers}{space}{symbol if one.symbol else word}"
    return _metric(turn, one, text, end)


def _quantities(turn: _Turn, one: KoreanQuantity) -> list[Quantity]:
    meant = one.unit == "pound" and turn.conversation.meant.issuperset(one.values)
    if meant and MEANT_TO_CHANGE.search(sentence_of(turn.korean, one)):
        return [meant_kilograms(value) for value in one.values]
    return [converted(one.unit, value) for value in one.values]


def _metric(turn: _Turn, one: KoreanQuantity, text: str, end: int | None = None) -> Edit:
    reason = "미국 단위를 한국에서 쓰는 단위로, 원문만큼 어림하여"
    return _edit(turn, one.start, end or one.end, text, reason, one.unit)


def _degrees(turn: _Turn, one: KoreanQuantity, values: list[float]) -> str:
    written = turn.korean[one.start : one.end]
    if one.symbol:
        sign = "℃" if "℉" in written else "°C"
        return f"{one.to.join(f'{value:g}' for value in values)}{one.space}{sign}"
    numbers = one.to.join(f"영하 {-value:g}" if value < 0 else f"{value:g}" for value in values)
    return f"{'섭씨 ' if one.lead else ''}{numbers}도"


def _josa_edits(korean: str, edits: Sequence[Edit]) -> Iterator[Edit]:
    """Particles that no longer fit the word before them, as edits of the unedited text."""
    from bllossom_data.korean.josa import particle, repair_josa

    edited = apply_edits(korean, edits)
    shift = 0
    for index, edit in enumerate(edits):
        shift += len(edit.after) - len(edit.before)
        unit = re.search(r"[a-zA-Z°℃㎡㎢/]+$", edit.after)
        reading = READINGS.get(unit[0]) if unit else None
        repair = repair_josa(edited, edit.end + shift, reading)
        # Behind an insertion in brackets the particle still follows the word before them.
        if repair is None or not (edit.before and edit.after):
            continue
        start, end, form = repair[0] - shift, repair[1] - shift, repair[2]
        following = edits[index + 1].start if index + 1 < len(edits) else len(korean)
        if start < edit.end or end > following:
            continue
        became = f"'{edit.after}'{particle(edit.after, '으로', reading)}"
        yield Edit(
            "josa", edit.turn, start, end, korean[start:end], form,
            f"앞말이 {became} 바뀌어 조사를 맞춤", f"josa:{edit.source}",
        )  # fmt: skip
