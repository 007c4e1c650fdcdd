"""Measures the checks of a translation: misses and false alarms of the number comparison on the
labelled pairs, the same of remarks around a translation, alarms of every check on human translations, how many slots that were moved,
sentences and negations that were taken out of these are noticed, and speed.

Example:
    python tests/bench/translation_checks.py --data ../shared/data
"""

import argparse
import csv
import json
import random
import re
import tarfile
import time
from collections import Counter
from pathlib import Path

from fakes.korean import move_slots, swap_slots
from meaning_checks import gold_figures, meaning_figures, related_figures
from real_data import documents_by_id

from bllossom_data.korean.numbers import compare_numbers, korean_numbers
from bllossom_data.translation.checks import CheckContext, check_segment
from bllossom_data.translation.checks_places import check_slot_places
from bllossom_data.translation.segments import SLOT

GOLD = Path(__file__).parents[1] / "fixtures" / "korean" / "number_pairs.tsv"
REMARKS = Path(__file__).parents[1] / "fixtures" / "korean" / "reply_remarks.tsv"
OF_REPLIES = {"answer", "commentary", "refusal", "echo"}
KEPT = re.compile(r"`+[^`\n]+`+|\]\([^)\n]*\)|<[^>\n]+>|\{#[^}\n]*\}|\{ #[^}\n]*\}|https?://\S+")
DIRECTIVE = re.compile(r"\{[*%]|:::|!\[|.*\{\{")
KEPT_ERRORS = {"error: slots", "error: addresses"}
HEADS = (
    ("#", "heading"),
    ("- ", "list_item"),
    ("* ", "list_item"),
    (">", "quote"),
    ("|", "table_cell"),
)


def gold_pairs():
    with GOLD.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def lines(path):
    return path.read_text(encoding="utf-8").split("\n")


def news(data):
    folder = data / "labelled" / "ntrex"
    names = ("newstest2019-src.eng.txt", "newstest2019-ref.kor.txt")
    return paired(*(lines(folder / name) for name in names))


def paired(english, korean):
    return [
        (one.strip(), other.strip())
        for one, other in zip(english, korean, strict=True)
        if one.strip()
    ]


def textbook(data, part):
    folder = data / "labelled" / "korean-parallel-corpora" / "korean-english-jhe"
    return paired(*(lines(folder / f"jhe-koen-{part}.{language}") for language in ("en", "ko")))


def comparable_news(data, part):
    folder = data / "labelled" / "korean-parallel-corpora" / "korean-english-news-v1"
    texts = {}
    with tarfile.open(folder / f"korean-english-park.{part}.tar.gz") as archive:
        for member in archive.getmembers():
            name = Path(member.name).name
            if member.isfile() and not name.startswith("._"):
                texts[name[-2:]] = archive.extractfile(member).read().decode().split("\n")
    return paired(texts["en"], texts["ko"])


def treebank(data):
    texts = []
    for language, name in (("english", "en"), ("korean", "ko")):
        path = data / "labelled" / f"ud-{language}-pud" / f"{name}_pud-ud-test.conllu"
        found = re.findall(
            r"^# sent_id = (\S+)(?:\n#.*)*?\n# text = (.*)$", path.read_text(encoding="utf-8"), re.M
        )
        texts.append(dict(found))
    english, korean = texts
    return [(english[key], korean[key]) for key in english if key in korean]


def blocks(page):
    """Paragraphs, headings and list items of a page, without code."""
    page = re.sub(r"^---\n.*?\n---\n", "", page, flags=re.S)
    page = re.sub(r"^[ \t]*(```+|~~~+|////?).*?^[ \t]*\1[ \t]*$", "\n\n", page, flags=re.S | re.M)
    page = re.sub(r"<!--.*?-->|<script.*?</script>|<style.*?</style>", "", page, flags=re.S)
    page = re.sub(r"^[ \t]*(?=[-*] |\d+\. |#)", "\n", page, flags=re.M)
    found = [" ".join(block.split()) for block in re.split(r"\n\s*\n", page)]
    return [
        block
        for block in found
        if re.search("[A-Za-z가-힣]", KEPT.sub("", block)) and not DIRECTIVE.match(block)
    ]


def slotted(english, korean):
    """Code, addresses and tags of a block as slots, numbered by what they hold."""
    known = {}

    def take(match, text_of_target):
        if match[0] not in known and text_of_target:
            return match[0]
        return f"⟦{known.setdefault(match[0], len(known) + 1)}⟧"

    return (
        KEPT.sub(lambda match: take(match, False), english),
        KEPT.sub(lambda match: take(match, True), korean),
    )


def pages(data, name):
    """Aligned blocks of the pages whose blocks are as many and of the same kinds in both."""
    english = documents_by_id(data / "corpus" / "en" / f"{name}.jsonl.zst")
    korean = documents_by_id(data / "corpus" / "ko" / f"{name}.jsonl.zst")
    pairs = []
    for key, page in english.items():
        other = korean.get(key.replace("-en/", "-ko/"))
        if other is None:
            continue
        one, two = blocks(page), blocks(other)
        if len(one) != len(two) or [kind(block) for block in one] != [kind(block) for block in two]:
            continue
        pairs += [slotted(block, translation) for block, translation in zip(one, two, strict=True)]
    return pairs


def kind(block):
    return next((name for head, name in HEADS if block.startswith(head)), "paragraph")


def number_figures():
    """False alarms and misses of the number comparison on the labelled pairs."""
    rows = gold_pairs()
    found = [(row["verdict"], bool(compare_numbers(row["english"], row["korean"]))) for row in rows]
    counts = Counter(found)
    right, wrong = (
        counts["ok", True] + counts["ok", False],
        counts["wrong", True] + counts["wrong", False],
    )
    return {
        "legitimate": right,
        "wrong": wrong,
        "false_alarms": counts["ok", True],
        "misses": counts["wrong", False],
    }


def remark_figures():
    """What is said of labelled remarks, and of good translations that look like them."""
    with REMARKS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    counts = Counter()
    for row in rows:
        found = check_segment(row["english"], row["korean"].replace("\\n", "\n"), CheckContext())
        levels = [one.level for one in found if one.check in OF_REPLIES]
        counts[f"{row['verdict']}: {min(levels, default='silent')}"] += 1
    return dict(sorted(counts.items()))


def number_alarms(pairs):
    """Share of pairs with any number problem, and share of invented slips that are noticed."""
    generator = random.Random(7)
    alarms = tried = noticed = 0
    for english, korean in pairs:
        before = len(compare_numbers(english, korean))
        alarms += bool(before)
        digits = [match for match in re.finditer(r"[1-9]", korean) if not before]
        if digits:
            match = generator.choice(digits)
            other = generator.choice([one for one in "123456789" if one != match[0]])
            changed = korean[: match.start()] + other + korean[match.end() :]
            tried += 1
            noticed += bool(compare_numbers(english, changed))
    return {
        "pairs": len(pairs),
        "with_numbers": sum(bool(korean_numbers(korean)) for _, korean in pairs),
        "alarms": alarms,
        "changed_digits": tried,
        "changed_digits_noticed": noticed,
    }


def check_figures(pairs, examples):
    """Segments with a finding per 1,000, by level and check; the findings go to `examples`."""
    counts = Counter()
    begun = time.perf_counter()
    for english, korean in pairs:
        findings = check_segment(english, korean, CheckContext(kind=kind(english)))
        names = {f"{one.level}: {one.check}" for one in findings}
        levels = {name.partition(":")[0] for name in names}
        # Writers of documentation adapt links and code, which an engine must not.
        if any(name.startswith("error") for name in names - KEPT_ERRORS):
            levels.add("error of words")
        counts.update(names | levels)
        examples += [(one, english, korean) for one in findings]
    seconds = time.perf_counter() - begun
    per_1000 = {name: round(n * 1_000 / len(pairs), 1) for name, n in sorted(counts.items())}
    return {
        "segments": len(pairs),
        "per_1000": per_1000,
        "segments_per_second": round(len(pairs) / seconds),
    }


def tidy(text):
    """The text without what a removed slot leaves behind: a move that nobody sees by its spaces."""
    text = re.sub(r"[ \t]+(?=[,.;:!?])", "", text)
    return re.sub(r"[ \t]{2,}", " ", text).strip()


def taken_out(korean, generator):
    slot = generator.choice([match[0] for match in SLOT.finditer(korean)])
    return slot, tidy(korean.replace(slot, ""))


def to_start(korean, generator):
    return " ".join(taken_out(korean, generator))


def to_end(korean, generator):
    slot, rest = taken_out(korean, generator)
    mark = re.search(r"[.!?:]*$", rest)[0]
    return f"{rest.removesuffix(mark)} {slot}{mark}"


def anywhere(korean, generator):
    slot, rest = taken_out(korean, generator)
    words = rest.split(" ")
    words.insert(generator.randrange(len(words) + 1), slot)
    return " ".join(words)


def with_particle(korean, generator):
    """The word that a slot is in, elsewhere: what Korean word order allows within a clause."""
    words = korean.split(" ")
    chosen = generator.choice([place for place, word in enumerate(words) if "⟦" in word])
    word = words.pop(chosen)
    words.insert(generator.randrange(len(words) + 1), word)
    return " ".join(words)


MOVES = {
    "all glued to the start": lambda korean, _: move_slots(korean),
    "two exchanged": lambda korean, _: swap_slots(korean),
    "one to the start": to_start,
    "one to the end": to_end,
    "one anywhere": anywhere,
    "one with its particle": with_particle,
}


def slot_figures(pairs):
    """Segments whose slots people left in place or moved, with alarms; and noticed moves."""
    generator = random.Random(3)
    found = Counter()
    for english, korean in pairs:
        slots = sorted(SLOT.findall(english))
        if not slots or slots != sorted(SLOT.findall(korean)) or len(set(slots)) < len(slots):
            continue
        many = "several" if len(slots) > 1 else "one slot"
        found[f"right, {many}"] += 1
        if check_slot_places(english, korean, CheckContext()):
            found[f"right, {many}, told"] += 1
            continue
        for name, move in MOVES.items():
            moved = move(korean, generator)
            if moved != korean and sorted(SLOT.findall(moved)) == slots:
                found[f"{name}, {many}"] += 1
                found[f"{name}, {many}, told"] += bool(
                    check_slot_places(english, moved, CheckContext())
                )
    return {
        name: f"{found[f'{name}, told']} of {count}"
        for name, count in sorted(found.items())
        if not name.endswith(", told")
    }


def length_figures(pairs):
    """Quantiles of the length of the Korean as a share of the English, by kind of segment."""
    ratios = {}
    for pair in pairs:
        english, korean = (len(SLOT.sub("", text).strip()) for text in pair)
        if english >= 12 and korean:
            ratios.setdefault(kind(pair[0]), []).append(korean / english)
    shares = (0.002, 0.01, 0.5, 0.99, 0.998)
    return {
        name: {
            "n": len(found),
            **{str(share): round(sorted(found)[int(share * len(found))], 2) for share in shares},
        }
        for name, found in ratios.items()
    }


def measure(data=None, examples=None):
    """All figures; those on real data only where its folder is given."""
    figures = {
        "gold": number_figures(),
        "gold_meaning": gold_figures(),
        "gold_remarks": remark_figures(),
    }
    if data is None:
        return figures
    examples = [] if examples is None else examples
    figures["numbers"] = {
        "ntrex": number_alarms(news(data)),
        "ud_pud": number_alarms(treebank(data)),
        "textbook_dev": number_alarms(textbook(data, "dev")),
        "textbook_eval": number_alarms(textbook(data, "eval")),
        "comparable_news_dev": number_alarms(comparable_news(data, "dev")),
        "comparable_news_test": number_alarms(comparable_news(data, "test")),
    }
    figures["checks"] = {
        "ntrex": check_figures(news(data), examples),
        "ud_pud": check_figures(treebank(data), examples),
        "textbook_dev": check_figures(textbook(data, "dev"), examples),
        "vue_docs": check_figures(pages(data, "vue-docs"), examples),
        "fastapi_docs": check_figures(pages(data, "fastapi-docs"), examples),
    }
    figures["slots"] = {
        "vue_docs": slot_figures(pages(data, "vue-docs")),
        "fastapi_docs": slot_figures(pages(data, "fastapi-docs")),
    }
    figures["meaning"] = {
        "ntrex": meaning_figures(news(data)),
        "ud_pud": meaning_figures(treebank(data)),
        "textbook_dev": meaning_figures(textbook(data, "dev")),
        "textbook_eval": meaning_figures(textbook(data, "eval")),
        "vue_docs": meaning_figures(pages(data, "vue-docs")),
        "fastapi_docs": meaning_figures(pages(data, "fastapi-docs")),
        "hf_course": meaning_figures(pages(data, "hf-course")),
    }
    documentation = [*pages(data, "vue-docs"), *pages(data, "fastapi-docs")]
    prose = [*news(data), *treebank(data), *textbook(data, "dev"), *textbook(data, "eval")]
    figures["related"] = {
        "prose": related_figures(prose),
        "docs": related_figures(documentation),
        "both": related_figures([*prose, *documentation]),
    }
    figures["lengths"] = {
        "prose": length_figures(prose),
        "docs": length_figures(documentation),
    }
    return figures


def print_tables(figures):
    for name, table in figures.items():
        if name.startswith("gold"):
            print(f"{name}: {json.dumps(table)}")
            continue
        for corpus, row in table.items():
            print(f"{name:8} {corpus:20} {json.dumps(row, ensure_ascii=False)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the shared real data")
    parser.add_argument("--examples", help="print the findings of this check, or level")
    arguments = parser.parse_args()
    examples = []
    print_tables(measure(arguments.data, examples))
    for finding, english, korean in examples:
        if arguments.examples in (finding.check, finding.level):
            print(f"\n{finding.level} {finding.check}: {finding.message}\n  {english}\n  {korean}")


if __name__ == "__main__":
    main()
