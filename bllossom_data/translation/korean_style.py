"""How the Korean is to read: the speech level of each role, and a style sheet for engines.

Engines that take instructions are told the same things, each in the form that it takes.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from bllossom_data.examples import Role

__all__ = ["DEFAULT_SPEECH", "SHORT_STYLE", "SPEECH", "STYLE", "Speech", "SpeechLevel"]

SpeechLevel: TypeAlias = Literal["합쇼체", "해요체", "해체", "해라체"]
Speech: TypeAlias = Mapping[Role, SpeechLevel]

DEFAULT_SPEECH: Speech = {"system": "합쇼체", "user": "해요체", "assistant": "합쇼체"}

SPEECH: Mapping[SpeechLevel, str] = {
    "합쇼체": (
        "formal polite 합쇼체: statements end in -습니다/-ㅂ니다, questions in -습니까/-ㅂ니까, "
        "requests in -(으)십시오"
    ),
    "해요체": (
        "informal polite 해요체: statements end in -아요/-어요/-예요, questions also in "
        "-나요/-(으)ㄹ까요, requests in -(으)세요 or -아/어 주세요"
    ),
    "해체": (
        "casual 해체 (반말): statements and questions end in -아/-어/-야, requests in -아/-어 줘"
    ),
    "해라체": (
        "plain written 해라체: statements end in -다, questions in -는가/-(으)ㄴ가, "
        "requests in -(으)라"
    ),
}
"""Each speech level, in words that a translation engine understands."""

STYLE = (
    "Write what a Korean author would have written, not what mirrors English: Korean word order, "
    "and active verbs instead of chains of nouns.",
    "Never write 당신, 귀하 or 그대 for the reader. Leave 'you' out, as Korean does, or write "
    "여러분 where people are addressed. Leave 그, 그녀 and 그것 out where the meaning is clear.",
    "Avoid translationese: ~에 의해, ~을 가지고 있다, ~하는 것이 가능하다, the double passive "
    "되어지다, and the plural 들 where Korean does without it.",
    "Headings, table cells, labels and list items that are not sentences in English stay noun "
    "phrases without a sentence ending and without a final full stop.",
    "Quotations, dialogue, poems and lyrics keep the speech level that fits whoever speaks.",
    "Follow 한글 맞춤법 and 외래어 표기법. Write names of people and places in Hangul; leave code, "
    "product names and abbreviations that Koreans write in Latin letters as they are.",
    "Keep numbers, dates, units and currencies as they are: translate their names, never convert.",
    "Keep every line break and every Markdown mark (**, *, _, `, #, >, |, -) around the words that "
    "it belongs to.",
)
"""The style sheet for a model that reads a long prompt."""

SHORT_STYLE = (
    "Leave English pronouns out wherever Korean does without them; where readers are addressed, "
    "write 여러분.",
    "Use the word order and the active verbs of a Korean author.",
    "Write headings, table cells and list items that are not sentences as noun phrases without a "
    "final full stop.",
    "Let quotations and dialogue keep the speech level that fits whoever speaks.",
    "Keep numbers, units, currencies, line breaks and Markdown marks as they are in the source.",
)
"""The style sheet for DeepL's custom instructions: short, and said positively, as DeepL advises."""
