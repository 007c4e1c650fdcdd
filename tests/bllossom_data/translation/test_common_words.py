"""Common English words that were left in Korean with a capital, and names that stay."""

from importlib.resources import files

import pytest

from bllossom_data.translation.check_context import CheckContext
from bllossom_data.translation.checks_english import check_english_words

LISTS = ("common_words.txt", "product_words.txt", "technical_words.txt")


def told(source, korean):
    return bool(check_english_words(source, korean, CheckContext()))


def words(name):
    return files("bllossom_data.translation").joinpath(name).read_text(encoding="utf-8").split()


@pytest.mark.parametrize(
    ("source", "korean"),
    [
        ("Landlord rules are strict here.", "이곳의 Landlord 규정은 엄격하다."),
        ("Neighbors complained about us.", "Neighbors가 우리를 두고 항의했다."),
        ("Shark attacks are rare.", "Shark의 공격은 드물다."),
        ("Volcano tours begin at noon.", "Volcano 관광은 정오에 시작한다."),
        ("Government reports are public.", "Government 보고서는 공개된다."),
        ("Stories matter to children.", "Stories는 아이들에게 중요하다."),
        ("Stories matter to children.", "아이들에게는 Story가 중요하다."),
        ("Companies pay taxes.", "Companies는 세금을 낸다."),
        ("Every company pays.", "모든 Companies가 낸다."),
        ("Party at my place!", "우리 집에서 Party가 있다!"),
        ("Knives are on the table.", "Knives는 식탁 위에 있다."),
        ("Fishermen get up early.", "Fishermen은 일찍 일어난다."),
        ("Boxes and a bag", "가방과 Boxes"),
        ("Peel the apple first.", "먼저 Apple을 깎으세요."),
    ],
)
def test_a_common_word_is_told_in_singular_and_plural(source, korean):
    assert told(source, korean)


@pytest.mark.parametrize(
    "product", ["Excel", "Word", "Zoom", "Slack", "Teams", "Apple", "Notion", "Discord", "Steam"]
)
def test_a_product_is_not_told_though_its_word_stands_in_small_letters_too(product):
    source = f"{product} is useful. Your {product.lower()} may differ."
    assert not told(source, f"{product}은(는) 유용하다. 저마다 다를 수 있다.")


@pytest.mark.parametrize(
    ("source", "korean"),
    [
        ("We met Story at the fair.", "우리는 박람회에서 Story를 만났다."),
        ("Princess Mononoke is a film.", "Princess Mononoke는 영화다."),
        ("Bus lines in Paris", "Paris의 버스 노선"),
    ],
)
def test_a_name_is_not_told(source, korean):
    assert not told(source, korean)


def test_the_lists_hold_different_words_in_small_letters():
    held = [words(name) for name in LISTS]
    assert all(one == sorted(set(one)) for one in held[:2])
    assert all(word.isascii() and word.islower() for one in held for word in one)
    assert set(held[0]).isdisjoint(held[1])
    assert len(held[0]) > 2_000
