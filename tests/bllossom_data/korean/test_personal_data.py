import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.korean.personal_data import KINDS, find_personal_data, mask_personal_data

FOUND = [
    # Mobile telephones.
    ("010-1234-5678로 연락 주세요", "phone", "010-1234-5678"),
    ("제 번호는 01012345678입니다", "phone", "01012345678"),
    ("010 9876 5432", "phone", "010 9876 5432"),
    ("010.9876.5432", "phone", "010.9876.5432"),
    ("연락 010  9876  5432", "phone", "010  9876  5432"),
    ("010 - 9876 - 5432", "phone", "010 - 9876 - 5432"),
    ("(010)9876-5432", "phone", "(010)9876-5432"),
    ("010)9876-5432", "phone", "010)9876-5432"),
    ("010-9000-1234", "phone", "010-9000-1234"),
    ("011-234-5678", "phone", "011-234-5678"),
    ("016-234-5678", "phone", "016-234-5678"),
    ("휴대폰 0171234567", "phone", "0171234567"),
    ("019-9234-5678", "phone", "019-9234-5678"),
    ("HP010-1234-5678", "phone", "010-1234-5678"),
    ("０１０－１２３４－５６７８", "phone", "０１０－１２３４－５６７８"),
    ("010–1234–5678", "phone", "010–1234–5678"),
    ("010\xa01234\xa05678", "phone", "010\xa01234\xa05678"),
    ("tel:010-1234-5678", "phone", "010-1234-5678"),
    ("연락처:010-1234-5678,", "phone", "010-1234-5678"),
    # Other telephones.
    ("02-312-4567", "phone", "02-312-4567"),
    ("02-3123-4567", "phone", "02-3123-4567"),
    ("(02) 312-4567", "phone", "(02) 312-4567"),
    ("02)312-4567", "phone", "02)312-4567"),
    ("031-123-4567", "phone", "031-123-4567"),
    ("042-1234-5678", "phone", "042-1234-5678"),
    ("051)123-4567", "phone", "051)123-4567"),
    ("064-123-4567", "phone", "064-123-4567"),
    ("TEL 02.312.4567", "phone", "02.312.4567"),
    ("전화 02 312 4567", "phone", "02 312 4567"),
    ("전화번호 0312345678", "phone", "0312345678"),
    ("Tel02-312-4567", "phone", "02-312-4567"),
    ("팩스 053-123-4567", "phone", "053-123-4567"),
    ("070-1234-5678", "phone", "070-1234-5678"),
    ("080-123-4567", "phone", "080-123-4567"),
    ("안심번호 0507-1234-5678", "phone", "0507-1234-5678"),
    # From abroad.
    ("+82 10-1234-5678", "phone", "+82 10-1234-5678"),
    ("+82-10-1234-5678", "phone", "+82-10-1234-5678"),
    ("+821012345678", "phone", "+821012345678"),
    ("+82 (0)10 1234 5678", "phone", "+82 (0)10 1234 5678"),
    ("82-10-1234-5678", "phone", "82-10-1234-5678"),
    ("+82-2-312-4567", "phone", "+82-2-312-4567"),
    ("+82-31-123-4567", "phone", "+82-31-123-4567"),
    ("0082 10 1234 5678", "phone", "0082 10 1234 5678"),
    ("+1 650-253-0123", "phone", "+1 650-253-0123"),
    ("+44 20 7946 0958", "phone", "+44 20 7946 0958"),
    # Resident numbers.
    ("900101-1234568", "resident_number", "900101-1234568"),
    ("850630-2200110", "resident_number", "850630-2200110"),
    ("010203-3123451", "resident_number", "010203-3123451"),
    ("9001011234568", "resident_number", "9001011234568"),
    ("주민등록번호: 900101-1234567", "resident_number", "900101-1234567"),
    ("주민번호 9001011234567", "resident_number", "9001011234567"),
    ("주민번호는 880229-2345678", "resident_number", "880229-2345678"),
    ("210304-3123456", "resident_number", "210304-3123456"),
    ("211231-4999999", "resident_number", "211231-4999999"),
    # Foreigner numbers.
    ("900101-5234561", "foreigner_number", "900101-5234561"),
    ("851015-6001236", "foreigner_number", "851015-6001236"),
    ("050505-7123456", "foreigner_number", "050505-7123456"),
    ("외국인등록번호 900101-5234567", "foreigner_number", "900101-5234567"),
    ("210304-8123456", "foreigner_number", "210304-8123456"),
    # Business numbers.
    ("123-45-67800", "business_number", "123-45-67800"),
    ("사업자등록번호: 220-81-62502", "business_number", "220-81-62502"),
    ("사업자번호 1248100907", "business_number", "1248100907"),
    ("(101-86-00006)", "business_number", "101-86-00006"),
    ("사업자 312 98 76507", "business_number", "312 98 76507"),
    # Cards.
    ("4111-1111-1111-1111", "card", "4111-1111-1111-1111"),
    ("4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
    ("카드번호 4111111111111111", "card", "4111111111111111"),
    ("5555-5555-5555-4444", "card", "5555-5555-5555-4444"),
    ("3782-822463-10005", "card", "3782-822463-10005"),
    ("9430-1234-5678-9016", "card", "9430-1234-5678-9016"),
    ("6212-3456-7890-1232", "card", "6212-3456-7890-1232"),
    ("3530-1113-3330-0000", "card", "3530-1113-3330-0000"),
    ("2223-0031-2200-3230", "card", "2223-0031-2200-3230"),
    # Accounts.
    ("국민은행 123456-04-123456", "account", "123456-04-123456"),
    ("신한 110-123-456789", "account", "110-123-456789"),
    ("우리은행 1002-123-456789", "account", "1002-123-456789"),
    ("카카오뱅크 3333-01-1234567", "account", "3333-01-1234567"),
    ("농협 302-1234-5678-91", "account", "302-1234-5678-91"),
    ("하나은행 123-456789-12345", "account", "123-456789-12345"),
    ("기업은행: 123-456789-01-234", "account", "123-456789-01-234"),
    ("토스뱅크 1000-1234-5678", "account", "1000-1234-5678"),
    ("새마을금고 9002-1234-5678-9", "account", "9002-1234-5678-9"),
    ("계좌번호 12345678901234", "account", "12345678901234"),
    ("입금계좌 110 123 456789", "account", "110 123 456789"),
    ("110-123-456789 (예금주 홍길동)", "account", "110-123-456789"),
    ("여기로 송금해 주세요 352-1234-5678-93", "account", "352-1234-5678-93"),
    ("bank account 123-456-789012", "account", "123-456-789012"),
    # Mail.
    ("hong.gildong@naver.com", "email", "hong.gildong@naver.com"),
    ("메일은abc@gmail.com으로", "email", "abc@gmail.com"),
    ("<a+b@sub.company.co.kr>", "email", "a+b@sub.company.co.kr"),
    ("mailto:kim_1@hanmail.net", "email", "kim_1@hanmail.net"),
    ("문의...abc@daum.net", "email", "abc@daum.net"),
    ("abc골뱅이naver.com", "email", "abc골뱅이naver.com"),
    ("abc (at) naver.com", "email", "abc (at) naver.com"),
    ("01012345678@naver.com", "email", "01012345678@naver.com"),
    ("메일 abc@naver.com.", "email", "abc@naver.com"),
    ("abc＠naver．com", "email", "abc＠naver．com"),
    # Addresses of machines.
    ("접속 IP 211.234.100.1", "ip", "211.234.100.1"),
    ("IP는 1.2.3.4입니다", "ip", "1.2.3.4"),
    ("http://61.78.12.34:8080/", "ip", "61.78.12.34"),
    ("ip=121.130.5.6", "ip", "121.130.5.6"),
    ('66.249.64.13 - - "GET /"', "ip", "66.249.64.13"),
    ("2404:6800:4004:80a::200e", "ip", "2404:6800:4004:80a::200e"),
    ("[2001:2d8:1:2:3:4:5:6]:443", "ip", "2001:2d8:1:2:3:4:5:6"),
    # Passports.
    ("여권번호 M12345678", "passport", "M12345678"),
    ("여권: M123A4567", "passport", "M123A4567"),
    ("passport no. S10001234", "passport", "S10001234"),
    ("여권 JR1234567", "passport", "JR1234567"),
    # Driver licences.
    ("11-12-123456-12", "driver_licence", "11-12-123456-12"),
    ("운전면허 28-98-654321-01", "driver_licence", "28-98-654321-01"),
    ("서울 12-345678-90", "driver_licence", "12-345678-90"),
    ("경기12-345678-90", "driver_licence", "12-345678-90"),
    ("면허번호 111212345612", "driver_licence", "111212345612"),
]
IGNORED = [
    # Dates and times.
    *(
        "2021-03-04",
        "20210304",
        "2021.03.04 10:20:30",
        "2021-03-04 12:30:45.123456",
        "02-2021-03-04",
    ),
    *("입금일 2021-03-04", "계좌 개설 2021-03-04", "1614844800", "타임스탬프 1614844800000"),
    *("2010–2015–2020", "1616161616161616"),
    # Numbers of books and goods.
    *("ISBN 978-89-01-12345-6", "ISBN 9788901123456", "979-11-5839-123-4", "바코드 8801234567893"),
    # Prices and quantities.
    *(
        "10000원, 2000년",
        "1,234,567,890원",
        "₩ 1234567890",
        "3.14159265358979",
        "1.7976931348623157e308",
    ),
    *("9007199254740991", "18446744073709551615", "0x4111111111111111", "4111111111111111ULL"),
    # Orders, cases, articles, keys.
    *(
        "주문번호 20210304-123456",
        "주문번호 210304-1234567",
        "송장 1234-5678-9012 농협",
        "2021가합123456",
    ),
    *("입금 주문번호 110-123-456789", "형법 제250조 제1항", "민법 제1조 내지 제1118조"),
    *("550e8400-e29b-41d4-a716-446655440000", "sha1 0101234567890123456789012345678901234567"),
    # Places.
    *("37.566535, 126.977969", "126.9779692 37.5662952", "N37 33 59.5 E126 58 40.7"),
    # Telephones of nobody.
    *(
        "1588-1234",
        "1544-0000",
        "1600-1234",
        "1899-9999",
        "112",
        "119",
        "국번 없이 1345",
        "15881234",
    ),
    *("010-0000-1234", "02-000-1234", "+82 10-0000-1234", "+1 000-000-1234"),
    *("01011010110", "0100", "010-123", "123-4567", "000-0000-0000", "03-1234-5678"),
    # Not resident numbers.
    *("901301-1234567", "900132-1234567", "900101-1234567", "900230-1234568", "000000-0001234"),
    *("주민 901301-1234567", "990101-4000005", "850630-2******"),
    # Not business numbers, cards, licences or passports.
    *("123-45-67890", "000-00-01234", "1234567800", "4111-1111-1111-1112", "4111111111111111"),
    *(
        "1234-5678-9012-3456",
        "카드 1234567890123456",
        "0000-0000-0000-1234",
        "10 4111 1111 1111 1111",
    ),
    *(
        "10-12-123456-12",
        "29-12-123456-12",
        "00-00-000012-34",
        "12-345678-90",
        "M12345678",
        "부품 S12345678",
    ),
    *("여권 M00001234", "여권 사진 3.5 x 4.5"),
    # Not accounts.
    *(
        "110-123-456789",
        "계좌 000-000-001234",
        "계좌 이체 한도 1234-56",
        "은행 문의 123-456-789012",
    ),
    # Mail of nobody.
    *("user@example.com", "a@b.example", "root@localhost", "git@github.com:user/project.git"),
    *(
        "icon@2x.png",
        "getty@tty1.service",
        "@click='go'",
        "npm i vue@3.4.21",
        "@vue/cli",
        "_func@12",
    ),
    *(
        "https://user:secret@host.com/",
        "a@b",
        "aes128-gcm@openssh.com",
        "?f@C@@QAEXXZ",
        "foo@bar.baz()",
    ),
    # Addresses of no machine.
    *("192.168.0.1", "10.0.0.1", "127.0.0.1", "255.255.255.0", "0.0.0.0", "192.0.2.7", "224.0.0.1"),
    *("8.8.8.8", "버전 1.2.3.44", "v1.2.3.40", "Version=14.0.25.420", "Chrome/91.0.44.124"),
    *(
        "1.2.3.4",
        "섹션 4.2.3.60",
        "제1.2.3.45절",
        "openssl-1.0.2.200",
        "211.234.100.1.5",
        "300.1.2.3",
    ),
    *(
        "1.3.6.1.4.1.311",
        "2001:db8::1",
        "std::add::face",
        "fe80::1",
        "12:34:56",
        "::1",
        ">=1.2.3.77",
    ),
    # Addresses in the web hold numbers of their own.
    *("https://blog.naver.com/p/01012345678", "www.site.kr/?tel=02-312-4567"),
    # Nothing at all.
    *("", "안녕ㅋㅋ", "좋아요ㅎㅎ 감사합니다ㅋ"),
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_personal_data_is_found_with_its_kind_and_its_exact_ends(text, kind, value):
    assert [(span.kind, text[span.start : span.end]) for span in find_personal_data(text)] == [
        (kind, value)
    ]


@pytest.mark.parametrize("text", IGNORED)
def test_what_only_looks_like_personal_data_is_left_alone(text):
    assert find_personal_data(text) == []


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_a_surrogate_is_well_formed_and_never_masked_again(text, kind, value):
    masked, counts = mask_personal_data(text, seed=7)
    start = text.index(value)
    surrogate = masked[start : len(masked) - len(text) + start + len(value)]

    assert counts == {kind: 1}
    assert masked == text.replace(value, surrogate)
    assert surrogate != value
    assert mask_personal_data(masked, seed=8) == (masked, {})
    if kind not in ("email", "ip"):
        ascii_value = value.translate(str.maketrans("０１２３４５６７８９－–\xa0", "0123456789-- "))
        assert re.sub("[0-9]", "0", surrogate) == re.sub("[0-9]", "0", ascii_value)


def test_every_kind_has_cases():
    assert {kind for _, kind, _ in FOUND} == set(KINDS)


def test_surrogates_belong_to_nobody():
    text = "010-1234-5678 900101-1234568 4111-1111-1111-1111 a@naver.com IP 211.234.100.1"
    assert re.fullmatch(
        r"010-0000-\d{4} 000000-000\d{4} 0000-0000-0000-\d{4} user\d{6}@example\.com "
        r"IP 192\.0\.2\.\d{1,3}",
        mask_personal_data(text, seed=1)[0],
    )


def test_one_value_gets_one_surrogate_in_all_documents_and_layouts():
    masked = mask_personal_data("010-1234-5678\n01012345678\n+82 10-1234-5678", seed=3)[0]
    local, plain, abroad = masked.split("\n")

    assert local[-4:] == plain[-4:] == abroad[-4:]
    assert mask_personal_data("전화는 010-1234-5678", seed=3)[0].endswith(local)


def test_surrogates_depend_on_the_seed():
    text = "hong@naver.com 010-1234-5678"
    assert len({mask_personal_data(text, seed=seed)[0] for seed in range(20)}) == 20


def test_different_values_rarely_share_a_surrogate():
    masked = {mask_personal_data(f"a{n}@naver.com", seed=1)[0] for n in range(500)}
    assert len(masked) >= 498


def test_counts_are_by_kind():
    text = "a@naver.com, b@naver.com, 010-1234-5678"
    assert mask_personal_data(text, seed=1)[1] == {"email": 2, "phone": 1}


def test_spans_are_sorted_and_disjoint():
    spans = find_personal_data(
        "010-1234-5678 a@naver.com 900101-1234568 02-312-4567 IP 61.78.12.34"
    )
    assert [span.kind for span in spans] == ["phone", "email", "resident_number", "phone", "ip"]
    assert all(left.end <= right.start for left, right in pairwise(spans))


def test_many_long_runs_take_no_long_time():
    text = "1 " * 50_000 + "a@" * 50_000 + "." * 50_000 + "2000:" * 20_000 + "-1" * 50_000
    mask_personal_data(text, seed=1)


PIECES = st.sampled_from(
    [text for text, _, _ in FOUND]
    + [value for _, _, value in FOUND]
    + IGNORED
    + [
        " ",
        "\n",
        "-",
        ".",
        ",",
        "@",
        "(",
        ")",
        "계좌 ",
        "주민 ",
        "전화 ",
        "여권 ",
        "예금주",
        "0",
        "010",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=6).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.integers(0, 3))
def test_masking_a_masked_text_changes_nothing(text, seed):
    masked, _ = mask_personal_data(text, seed=seed)
    assert mask_personal_data(masked, seed=seed + 1) == (masked, {})


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_text_outside_the_spans_stays(text):
    spans = find_personal_data(text)
    masked, counts = mask_personal_data(text, seed=1)
    assert sum(counts.values()) == len(spans)
    outside = [
        re.escape(text[start:end])
        for start, end in zip(
            [0, *(span.end for span in spans)],
            [*(span.start for span in spans), len(text)],
            strict=True,
        )
    ]
    assert re.fullmatch(".+?".join(outside), masked, re.DOTALL)


def test_real_news_comments_and_reviews_hold_nothing_but_a_few_addresses(shared_data: Path):
    comments = shared_data / "labelled/korean-hate-speech/unlabeled/unlabeled_comments_5.txt"
    assert find_personal_data(comments.read_text("utf-8")) == []
    chat = shared_data / "raw/songys-chatbot/ChatbotData.csv"
    assert find_personal_data(chat.read_text("utf-8")) == []


def test_ids_of_english_instructions_are_not_personal_data(shared_data: Path):
    path = shared_data / "instruct/self-instruct/data/seed_tasks.jsonl"
    tasks = [json.loads(line)["instruction"] for line in path.read_text("utf-8").splitlines()]
    assert [find_personal_data(task) for task in tasks if find_personal_data(task)] == []
