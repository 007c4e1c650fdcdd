"""How well Korean is read and judged: particles, speech levels, conversions, marks of translation.

python tests/bench/korean_language.py [--data ../shared/data] [--output results.json]

The gold is in tests/fixtures/korean. With the folder of public data it also measures, on real text:
alarms on natural Korean, how many of one wrong particle in each sentence are found, rates of marks in
natural, human-translated and machine-translated Korean, and sentences a second of processor time.
"""

import argparse
import csv
import io
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import zstandard

from bllossom_data.korean.josa import particle
from bllossom_data.korean.josa_problems import josa_problems
from bllossom_data.korean.morphemes import kiwi
from bllossom_data.korean.speech_level import level_of, sentences, to_level
from bllossom_data.korean.translationese import translationese

GOLD = Path(__file__).parents[1] / "fixtures" / "korean"
OTHER_FORM = dict(
    pair.split("/")
    for pair in ["은/는", "는/은", "이/가", "가/이", "을/를", "를/을", "과/와", "와/과", "로/으로"]
) | {"으로": "로"}
MT_PAGES, TEXT_SENTENCES = 250, 10


def gold(name: str) -> list[dict[str, str]]:
    with (GOLD / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def measure_josa() -> dict[str, Any]:
    rows = gold("josa.tsv")
    answers = [particle(row["word"], row["given"], row["reading"] or None) for row in rows]
    wrong = [
        (row["word"], row["given"], row["right"], answer)
        for row, answer in zip(rows, answers, strict=True)
        if answer != row["right"]
    ]
    right = len(rows) - len(wrong)
    return {
        "rows": len(rows),
        "right": right,
        "undecided": answers.count(None),
        "accuracy": right / len(rows),
        "wrong": wrong,
    }


def measure_levels() -> dict[str, Any]:
    rows = gold("speech_levels.tsv")
    wrong = [
        (row["sentence"], row["level"], level)
        for row in rows
        if (level := level_of(row["sentence"])) != row["level"]
    ]
    return {"rows": len(rows), "accuracy": 1 - len(wrong) / len(rows), "wrong": wrong}


def measure_conversions() -> dict[str, Any]:
    """Rows whose right answer is `-` have none that is certain."""
    rows = gold("speech_conversions.tsv")
    answers = [to_level(row["sentence"], row["wanted"]) for row in rows]
    wrong = [
        (row["sentence"], row["wanted"], row["right"], answer)
        for row, answer in zip(rows, answers, strict=True)
        if (answer or "-") != row["right"]
    ]
    return {
        "rows": len(rows),
        "accuracy": 1 - len(wrong) / len(rows),
        "undecided": answers.count(None),
        "undecided_but_certain": sum(
            answer is None and row["right"] != "-"
            for row, answer in zip(rows, answers, strict=True)
        ),
        "wrong": wrong,
    }


def treebank(data: Path, name: str) -> list[str]:
    path = next((data / "labelled" / f"ud-korean-{name}").glob("*test.conllu"))
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]


def machine_translated(data: Path, pages: int = MT_PAGES) -> list[str]:
    """Pages of cpp-docs that say they are machine translations, without their front matter."""
    path = data / "corpus" / "ko" / "cpp-docs.jsonl.zst"
    texts: list[str] = []
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        for line in io.TextIOWrapper(stream, encoding="utf-8"):
            row = json.loads(line)
            if row.get("translation") == "MT":
                texts.append(re.sub(r"\A---\n.*?\n---\n", "", row["text"], flags=re.DOTALL))
            if len(texts) == pages:
                break
    return texts


def corpora(data: Path) -> dict[str, list[str]]:
    ntrex = (data / "labelled/ntrex/newstest2019-ref.kor.txt").read_text(encoding="utf-8")
    return {
        "native: UD Kaist": treebank(data, "kaist"),
        "native: UD GSD": treebank(data, "gsd"),
        "human translation: NTREX": ntrex.splitlines(),
        "human translation: UD PUD": treebank(data, "pud"),
        "machine translation: cpp-docs": machine_translated(data),
    }


def measure_translationese(texts: list[str], joined: bool) -> dict[str, Any]:
    """Marks for a thousand sentences with a predicate; lines in a row are read ten at a time."""
    if joined:
        texts = [
            "\n".join(texts[first : first + TEXT_SENTENCES])
            for first in range(0, len(texts), TEXT_SENTENCES)
        ]
    names = Counter(mark.name for text in texts for mark in translationese(text))
    count = sum(one.level not in ("명사형", "없음") for text in texts for one in sentences(text))
    return {
        "sentences": count,
        "per_1000": 1000 * names.total() / count,
        "by_name": {name: 1000 * times / count for name, times in names.most_common()},
    }


def wrong_particles(texts: list[str], seed: int = 1) -> Iterator[tuple[str, int]]:
    """Texts with one particle put into its other form, and where it stands."""
    draw = random.Random(seed)
    for text in texts:
        places = [
            token
            for token in kiwi().tokenize(text)
            if token.tag in ("JKS", "JX", "JKO", "JC", "JKB")
            and token.form in OTHER_FORM
            and particle(text[: token.start], OTHER_FORM[token.form]) == token.form
        ]
        if places:
            one = draw.choice(places)
            yield text[: one.start] + OTHER_FORM[one.form] + text[one.end :], one.start


def measure_problems(data: Path) -> dict[str, Any]:
    natural = [*treebank(data, "kaist"), *treebank(data, "gsd")]
    alarms = [
        f"{text[max(0, start - 12) : start]}[{text[start:end]}→{right}]"
        for text in natural
        for start, end, right in josa_problems(text)
    ]
    spoiled = list(wrong_particles(treebank(data, "gsd")))
    found = sum(
        any(start == place for start, _, _ in josa_problems(text)) for text, place in spoiled
    )
    return {
        "natural_sentences": len(natural),
        "alarms": alarms,
        "spoiled": len(spoiled),
        "recall": found / len(spoiled),
    }


def rate(texts: list[str], work: Callable[[str], object]) -> float:
    begin = time.process_time()
    for text in texts:
        work(text)
    return len(texts) / (time.process_time() - begin)


def measure_speed(texts: list[str]) -> dict[str, float]:
    """Sentences a second of processor time."""
    kiwi().tokenize("가")
    return {
        "josa_problems": rate(texts, josa_problems),
        "level_of": rate(texts, level_of),
        "to_level": rate(texts, lambda text: to_level(text, "합쇼체")),
        "translationese": rate(texts, translationese),
    }


def measure(data: Path | None = None) -> dict[str, Any]:
    """Every figure; those on real text only where the folder of public data is given."""
    figures: dict[str, Any] = {
        "josa": measure_josa(),
        "speech_levels": measure_levels(),
        "conversions": measure_conversions(),
        "speed": measure_speed([row["sentence"] for row in gold("speech_levels.tsv")]),
    }
    if data is not None:
        figures["josa_problems"] = measure_problems(data)
        figures["translationese"] = {
            name: measure_translationese(texts, joined=not name.startswith("machine"))
            for name, texts in corpora(data).items()
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder of public data")
    parser.add_argument("--output", type=Path, help="where the figures are written as JSON")
    arguments = parser.parse_args()
    figures = measure(arguments.data)
    text = json.dumps(figures, ensure_ascii=False, indent=2)
    if arguments.output:
        arguments.output.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
