"""A provider that goes wrong on demand, a check that notices, and a run that can be killed.

What happens to a segment is written at its beginning: ``drop: Run ⟦1⟧`` loses its slots each time,
``drop once: Run ⟦1⟧`` only when it is not corrected, and ``number then drop: Run ⟦1⟧`` has a wrong
number at first and no slots when it is corrected. So the provider answers the same way in every
process, and a run that is killed and resumed can be compared with one that was not.
"""

import hashlib
import json
import os
import re
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

from bllossom_data.examples import Finding
from bllossom_data.translation.budget import Budget
from bllossom_data.translation.cache import Cache
from bllossom_data.translation.provider import (
    Answer,
    Ask,
    Limits,
    Price,
    QuotaError,
    Reply,
    Usage,
)
from bllossom_data.translation.segments import SLOT, slot
from bllossom_data.translation.translator import Translator

SYLLABLES = "가나다라마바사아자차카타파하"
DOUBTED = frozenset({"numbers"})
WRONG = re.compile(r"틀린 수 \d")


def korean(text: str, provider: str = "fake") -> str:
    """The same Hangul for the same English, with its slots in their order."""
    digest = hashlib.sha256(f"{provider} {SLOT.sub('', text)}".encode()).digest()
    words = "".join(SYLLABLES[byte % len(SYLLABLES)] for byte in digest[:6])
    return " ".join([f"번역 {words}", *(found[0] for found in SLOT.finditer(text))])


def check(ask: Ask, text: str) -> list[Finding]:
    """Errors for slots that changed, English that came back, and an answer instead of a translation."""
    found = []
    if SLOT.findall(ask.text) != SLOT.findall(text):
        found.append(
            Finding("slots", "error", f"⟦n⟧ 자리표시가 원문과 다릅니다: {SLOT.findall(text)}")
        )
    if not re.search("[가-힣]", text):
        found.append(Finding("echo", "error", "번역되지 않은 영어입니다"))
    if text.startswith("물론입니다"):
        found.append(Finding("answer", "error", "번역하지 않고 대답했습니다"))
    if text.endswith("경고"):
        found.append(Finding("style", "warning", "번역투입니다"))
    found += [
        Finding("numbers", "warning", f"원문에 없는 수: {one}") for one in WRONG.findall(text)
    ]
    return found


def spoil(fault: str, text: str, good: str) -> str:
    slots = [found[0] for found in SLOT.finditer(text)]
    if fault == "drop":
        return SLOT.sub("", good)
    if fault == "move":
        return " ".join(["번역", *reversed(slots)])
    if fault == "duplicate":
        return f"{good} {slots[0]}"
    if fault == "invent":
        return f"{good} {slot(len(slots) + 7)}"
    if fault == "echo":
        return text
    if fault == "answer":
        return "물론입니다! 도와드릴게요."
    if fault == "warn":
        return f"{good} 경고"
    if fault in ("number", "numbers"):
        return f"{good} 틀린 수 1" + (" 틀린 수 2" if fault == "numbers" else "")
    return good


SPOILED = ("drop", "move", "duplicate", "invent", "echo", "answer")
FAULTS = ("truncated", "refused", "malformed", "missing", "failed")


class FakeProvider:
    """Answers, spoils, refuses and counts.

    Args:
        name: its name.
        obeys: whether it does what the segments say; else every answer is good.
        limits: how much a request may hold.
        most_answers: answers in a reply before it is cut off; the rest is `truncated`.
        shortest: a reply leaves out every answer after this many, silently.
        quota: requests after which the account's quota is used up.
        broken: "down" for `failed` in every reply.
        delay: seconds that a request takes.
        price: what it costs; None if nobody knows.
        log: file that gets a line for every request, before it is answered.
        random: makes every answer a different one.
    """

    def __init__(self, name="fake", **options):
        self.name = name
        self.obeys = options.pop("obeys", True)
        self.limits = options.pop("limits", Limits(8, 2_000))
        self.price = options.pop("price", Price(per_million_characters=20.0))
        self.most_answers = options.pop("most_answers", None)
        self.shortest = options.pop("shortest", None)
        self.quota = options.pop("quota", None)
        self.broken = options.pop("broken", None)
        self.delay = options.pop("delay", 0.0)
        self.log = options.pop("log", None)
        self.random = options.pop("random", None)
        assert not options
        self.batches = []
        self.meter = Usage()
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def settings(self):
        return {"prompt_version": 1}

    def most(self, asks):
        return Usage(1, sum(len(ask.text) for ask in asks), 0, 40 * len(asks))

    def translate(self, asks):
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            return self._reply(asks)
        finally:
            with self.lock:
                self.at_once -= 1

    def _reply(self, asks):
        assert len(asks) <= self.limits.max_segments
        assert len({ask.key for ask in asks}) == len(asks)
        with self.lock:
            if self.quota is not None and len(self.batches) >= self.quota:
                raise QuotaError("456: 이번 달 한도를 모두 썼습니다")
            self.batches.append(tuple(asks))
            usage = Usage(1, sum(len(ask.text) for ask in asks), 0, 10 * len(asks))
            self.meter += usage
            if self.log:
                with Path(self.log).open("a") as file:
                    print(json.dumps([self.name, usage.characters]), file=file)
        time.sleep(self.delay)
        if self.broken == "down":
            return Reply(tuple(Answer(a.key, None, "failed", "503") for a in asks), usage)
        answers = [self._answer(ask, len(asks)) for ask in asks]
        if self.most_answers is not None:
            answers[self.most_answers :] = [
                Answer(one.key, None, "truncated", "length") for one in answers[self.most_answers :]
            ]
        if self.shortest is not None:
            answers = answers[: self.shortest]
        # Any order is allowed, and nobody asked for the last one.
        return Reply((*reversed(answers), Answer("nobody-asked", "번역")), usage)

    def _answer(self, ask, asked):
        order, _, rest = ask.text.partition(": ")
        first, _, then = order.partition(" then ")
        order = then if then and ask.correction else first
        fault, _, once = order.partition(" ")
        good = korean(ask.text, self.name)
        if self.random is not None:
            good += f" {self.random.randrange(10**9)}"
        if not self.obeys or not rest or (once == "once" and ask.correction):
            return Answer(ask.key, good)
        if fault in FAULTS:
            if once == "alone" and asked == 1:
                return Answer(ask.key, good)
            return Answer(ask.key, None, fault, f"{fault} by order")
        if fault == "blank":
            return Answer(ask.key, "  ")
        return Answer(ask.key, spoil(fault, ask.text, good))

    @property
    def asked(self):
        """How often each text was asked."""
        return Counter(ask.text for batch in self.batches for ask in batch)


def asks_of(texts, **fields):
    return [Ask(f"s{number}", text, **fields) for number, text in enumerate(texts)]


def mixed_texts(count):
    """Segments of which many go wrong in some way, the same for every run."""
    orders = ["", "", "", *SPOILED, *(f"{one} once" for one in SPOILED), "refused", "truncated alone",
              "malformed alone", "missing alone", "refused", "warn", "number", "number once",
              "number then drop", "number then refused", "drop then number"]  # fmt: skip
    texts = []
    for number in range(count):
        order = orders[number % len(orders)]
        body = f"Step {number}: run ⟦1⟧ and then ⟦2⟧"
        texts.append(f"{order}: {body}" if order else body.replace(":", ""))
    return texts


def result_bytes(outcomes):
    """Outcomes without what differs when answers are cached: who paid, and when."""
    plain = [asdict(replace(one, usage=Usage(), cached=False)) for one in outcomes]
    return json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()


def main() -> None:
    """One run in a process of its own: cache, log, result, characters allowed, segments."""
    cache_path, log, result, most, count = sys.argv[1:]
    cache = Cache(Path(cache_path))
    first = FakeProvider("first", delay=0.004, log=log)
    second = FakeProvider("second", obeys=False, delay=0.004, log=log)
    budget = Budget(max_characters=int(most), spent=cache.spent("build"))
    translator = Translator(
        [first, second], cache, budget, check, 4, build="build", doubted=DOUBTED
    )
    outcomes = translator.translate(asks_of(mixed_texts(int(count))))
    temporary = Path(f"{result}.{os.getpid()}")
    temporary.write_bytes(result_bytes(outcomes))
    temporary.replace(result)


if __name__ == "__main__":
    main()
