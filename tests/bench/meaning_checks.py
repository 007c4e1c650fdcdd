"""Sentences, negations, directions, and the order of numbers, months and days: false alarms on human translations, and
how many of the faults that are made in them are noticed.
"""

import csv
import random
import re
import time
from collections import Counter
from pathlib import Path

from fakes.openai_server import ANSWERS

from bllossom_data.translation.check_context import CheckContext
from bllossom_data.translation.checks import DOUBTED_CHECKS, check_segment
from bllossom_data.translation.checks_direction import check_direction
from bllossom_data.translation.checks_exchange import check_exchange
from bllossom_data.translation.checks_negation import check_negation
from bllossom_data.translation.checks_order import check_order
from bllossom_data.translation.checks_periods import check_periods
from bllossom_data.translation.checks_sentences import check_sentences
from bllossom_data.translation.checks_sides import check_sides
from bllossom_data.translation.relatedness import UNRELATED_BELOW, relatedness
from bllossom_data.translation.sentences import spoken

CONTEXT = CheckContext()
GOLD = Path(__file__).parents[1] / "fixtures" / "korean" / "meaning_pairs.tsv"
NEGATIVE = re.compile(r"지 (?:않|못)|수 없|(?<![가-힣])안 |지 마")
MIN_CHARS = 20


def gold_figures():
    """Of the labelled pairs, by kind and part, how many are asked about once more."""
    with GOLD.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found, counts = Counter(), Counter()
    for row in rows:
        name = " ".join((row["kind"], row["verdict"], row["part"]))
        findings = check_segment(row["english"], row["korean"], CONTEXT)
        counts[name] += 1
        found[name] += any(one.check in DOUBTED_CHECKS for one in findings)
    return {name: f"{found[name]} of {count}" for name, count in sorted(counts.items())}


def related_figures(pairs):
    """False alarms of the comparison of all pairs, and how many of two faults are noticed.

    Three in a hundred pairs get an answer of a model, or the translation of the pair before them.
    """
    generator = random.Random(11)
    spoilt = generator.sample(range(1, len(pairs)), max(1, len(pairs) * 3 // 100))
    begun = time.perf_counter()
    figures = {"pairs": len(pairs), "told": unrelated(pairs, range(len(pairs)))}
    figures["seconds"] = round(time.perf_counter() - begun, 1)
    answered, shifted = list(pairs), list(pairs)
    for number, place in enumerate(spoilt):
        answered[place] = (pairs[place][0], ANSWERS[number % len(ANSWERS)])
        shifted[place] = (pairs[place][0], pairs[place - 1][1])
    figures["answers"] = f"{unrelated(answered, spoilt)} of {len(spoilt)}"
    figures["shifted"] = f"{unrelated(shifted, spoilt)} of {len(spoilt)}"
    return figures


def unrelated(pairs, places):
    scores = relatedness(pairs)
    return sum(scores[place] < UNRELATED_BELOW for place in places)


def meaning_figures(pairs):
    """False alarms of each check, and of each kind of fault how many are noticed."""
    generator = random.Random(5)
    strangers = [one for _, korean in pairs for one in spoken(korean) if len(one) > MIN_CHARS]
    checks = {
        "sentences": check_sentences,
        "negation": check_negation,
        "direction": check_direction,
        "exchange": check_exchange,
        "order": check_order,
        "periods": check_periods,
        "sides": check_sides,
    }
    counts = Counter({name: 0 for name in checks})
    faults = {"dropped": [], "added": [], "negation lost": []}
    for english, korean in pairs:
        for check in checks.values():
            counts.update({one.check for one in check(english, korean, CONTEXT)})
        if not check_sentences(english, korean, CONTEXT):
            for name, wrong in spoiled(english, korean, generator, strangers):
                faults[name].append(bool(check_sentences(english, wrong, CONTEXT)))
        lost = NEGATIVE.sub("하", korean)
        if lost != korean and re.search(r"\b(?:not|never|cannot)\b|n['’]t\b", english):
            faults["negation lost"].append(bool(check_negation(english, lost, CONTEXT)))
    return {
        "segments": len(pairs),
        "false_alarms": counts,
        "noticed": {name: f"{sum(found)} of {len(found)}" for name, found in faults.items()},
    }


def spoiled(english, korean, generator, strangers):
    """The translation with one sentence too few, and with one too many."""
    before, after = spoken(english), spoken(korean)
    if len(before) != len(after):
        return
    place = generator.randrange(len(after)) if after else 0
    if len(after) > 1 and len(before[place]) > MIN_CHARS:
        yield "dropped", " ".join(after[:place] + after[place + 1 :])
    if after and strangers and len(english) > MIN_CHARS:
        yield "added", " ".join([*after[:place], generator.choice(strangers), *after[place:]])
