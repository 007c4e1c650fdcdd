import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.errors import TrainingError
from training.mixture import mix_rows
from training.token_files import TokenPart
from training.token_stream import TokenStream


def part(language, lengths, text_bytes=None, sources=None):
    """Documents whose tokens count up, so that each token is known by its value."""
    lengths = np.asarray(lengths, dtype=np.int64)
    names = sorted(set(sources or ["web"]))
    return TokenPart(
        language,
        np.arange(lengths.sum(), dtype=np.uint32),
        np.cumsum(lengths),
        np.asarray(text_bytes if text_bytes is not None else lengths * 3, dtype=np.int64),
        np.asarray([names.index(one) for one in sources or ["web"] * len(lengths)], np.uint16),
        tuple(names),
    )


def stream(language="ko", lengths=(5, 1, 9, 4, 7), max_length=8, seed=1, **more):
    return TokenStream(language, [part(language, lengths, **more)], max_length, seed)


def tokens_of(one, rows, end=None):
    return np.concatenate([one.row(number, end).input_ids for number in range(rows)])


lengths = st.lists(st.integers(1, 40), min_size=1, max_size=40)


@given(lengths, st.integers(1, 30), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_no_token_is_lost_or_repeated_in_an_epoch(lengths, max_length, seed):
    one = stream(lengths=lengths, max_length=max_length, seed=seed)
    rows = -(-one.total_tokens // max_length)
    found = tokens_of(one, rows, one.total_tokens)
    assert sorted(found) == list(range(sum(lengths)))
    for number in range(rows - 1):
        row = one.row(number)
        assert len(row.input_ids) == max_length
        assert sum(row.lengths) == max_length


@given(lengths, st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_documents_stay_whole_but_at_the_ends_of_rows(lengths, max_length):
    one = stream(lengths=lengths, max_length=max_length)
    starts = set(np.cumsum([0, *lengths[:-1]]).tolist())
    for number in range(-(-one.total_tokens // max_length)):
        row = one.row(number, one.total_tokens)
        for index, piece in enumerate(np.split(row.input_ids, np.cumsum(row.lengths)[:-1])):
            assert (np.diff(piece) == 1).all()
            assert index == 0 or piece[0] in starts


def test_epochs_follow_each_other_in_other_orders_without_a_gap():
    one = stream(lengths=[3] * 40, max_length=7)
    total = one.total_tokens
    both = tokens_of(one, -(-2 * total // 7), 2 * total)
    assert sorted(both) == sorted(list(range(total)) * 2)
    assert list(both[:total]) != list(both[total:])


@given(lengths, st.integers(1, 30), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_bytes_of_tokens_that_nothing_predicts_are_not_counted(lengths, max_length, seed):
    one = stream(lengths=lengths, max_length=max_length, seed=seed)
    ends = np.cumsum(lengths)
    expected = 3.0 * sum(lengths)
    for number in range(-(-one.total_tokens // max_length)):
        row = one.row(number, one.total_tokens)
        for begin in np.cumsum([0, *row.lengths[:-1]]):
            assert row.labels[begin] == -100
            first = int(row.input_ids[begin])
            # Three bytes a token; the first token of a whole document has no text.
            expected -= 0 if first in (0, *ends) else 3
    assert one.predicted_bytes() == pytest.approx(expected)


def test_nothing_predicts_the_first_token_of_a_document():
    one = stream(max_length=26)
    row = one.row(0)
    begins = np.cumsum([0, *row.lengths[:-1]])
    assert (row.labels[begins] == -100).all()
    assert (row.labels != -100).sum() == len(row.labels) - len(row.lengths)


def test_a_row_is_found_without_reading_the_ones_before(monkeypatch):
    one = stream(lengths=[50] * 2000, max_length=64)
    read = []
    piece = TokenStream._piece

    def counted(self, document, begun, taken):
        read.append(taken)
        return piece(self, document, begun, taken)

    monkeypatch.setattr(TokenStream, "_piece", counted)
    one.row(1500)
    assert sum(read) == 64


def test_the_order_depends_on_the_seed_and_nothing_else():
    first, again, other = (stream(lengths=[3] * 30, seed=seed) for seed in (1, 1, 2))
    assert (tokens_of(first, 8) == tokens_of(again, 8)).all()
    assert (tokens_of(first, 8) != tokens_of(other, 8)).any()


def test_sources_are_counted_for_every_piece():
    one = TokenStream("ko", [part("ko", [4, 4, 4], sources=["wiki", "news", "wiki"])], 12, 0, 5)
    assert one.group_names == ("news", "wiki")
    row = one.row(0)
    assert sorted(row.groups) == [5, 6, 6]


def two(max_length=32, seed=3, count=4000):
    generator = np.random.default_rng(7)
    ko = generator.integers(5, 200, count)
    en = generator.integers(5, 400, count)
    return [
        TokenStream(
            "ko", [part("ko", ko, ko * 5 + generator.integers(0, 40, count))], max_length, seed
        ),
        TokenStream(
            "en", [part("en", en, en * 4 + generator.integers(0, 40, count))], max_length, seed
        ),
    ]


def test_seven_to_three_in_tokens_holds_within_half_a_percent_over_every_window():
    mix = mix_rows(two(), {"ko": 0.7, "en": 0.3}, "tokens", rows=6000)
    korean = np.cumsum([0, *(mix.streams == 0)])
    for window in (200, 500, 2000):
        shares = (korean[window:] - korean[:-window]) / window
        assert abs(shares - 0.7).max() <= 0.005 + 1e-12
    assert mix.shares == pytest.approx((0.7, 0.3), abs=1e-3)


def bytes_of_rows(streams, mix, text_bytes):
    """True bytes of each row of the plan, spread over a document's tokens."""
    per_token = [np.repeat(size / length, length) for size, length in text_bytes]
    return np.array(
        [
            per_token[owner][streams[owner].row(number).input_ids].sum()
            for owner, number in zip(mix.streams, mix.rows, strict=True)
        ]
    )


def test_seven_to_three_in_bytes_holds_within_half_a_percent_over_every_window():
    streams = two()
    text_bytes = [
        (np.asarray(one._parts[0].text_bytes), np.diff(one._parts[0].ends, prepend=0))
        for one in streams
    ]
    mix = mix_rows(streams, {"ko": 0.7, "en": 0.3}, "bytes", rows=3000)
    sizes = bytes_of_rows(streams, mix, text_bytes)
    korean = np.cumsum([0, *np.where(mix.streams == 0, sizes, 0)])
    every = np.cumsum([0, *sizes])
    for window in (300, 1000):
        shares = (korean[window:] - korean[:-window]) / (every[window:] - every[:-window])
        assert abs(shares - 0.7).max() <= 0.005
    # By tokens it would be another mix: this test can fail.
    by_tokens = mix_rows(streams, {"ko": 0.7, "en": 0.3}, "tokens", rows=3000)
    sizes = bytes_of_rows(streams, by_tokens, text_bytes)
    share = sizes[by_tokens.streams == 0].sum() / sizes.sum()
    assert abs(share - 0.7) > 0.01


@given(st.floats(0.02, 0.98), st.integers(1, 40), st.integers(50, 400))
@settings(max_examples=30, deadline=None)
def test_a_language_is_never_more_than_a_row_away_from_its_share(share, max_length, rows):
    streams = [stream("ko", [7] * 50, max_length), stream("en", [9] * 50, max_length)]
    mix = mix_rows(streams, {"ko": share, "en": 1 - share}, "tokens", rows=rows)
    taken = np.cumsum(mix.streams == 0)
    wanted = np.arange(1, rows + 1) * share
    assert abs(taken - wanted).max() <= 1 + 1e-6


def test_the_plan_of_a_longer_run_begins_with_that_of_a_shorter_one():
    short = mix_rows(two(), {"ko": 0.7, "en": 0.3}, "bytes", rows=500)
    long = mix_rows(two(), {"ko": 0.7, "en": 0.3}, "bytes", rows=900)
    assert (long.rows[:500] == short.rows).all()
    assert (long.streams[:500] == short.streams).all()


def test_a_later_stage_goes_on_where_the_earlier_one_stopped():
    whole = mix_rows(two(), {"ko": 0.7, "en": 0.3}, "tokens", rows=900)
    later = mix_rows(two(), {"ko": 0.7, "en": 0.3}, "tokens", rows=400, skipped=500)
    assert (later.rows == whole.rows[500:]).all()
    assert (later.streams == whole.streams[500:]).all()


def test_without_a_ratio_everything_is_taken_once():
    streams = two(count=100)
    mix = mix_rows(streams, {}, "bytes")
    for owner, one in enumerate(streams):
        found = np.concatenate(
            [
                one.row(number, mix.ends[owner]).input_ids
                for number in mix.rows[mix.streams == owner]
            ]
        )
        assert sorted(found) == list(range(one.total_tokens))
    assert mix.epochs == pytest.approx((1, 1))


def test_with_a_ratio_the_language_that_runs_out_first_is_taken_whole():
    streams = two(count=100)
    mix = mix_rows(streams, {"ko": 0.7, "en": 0.3}, "tokens", epochs=2)
    assert mix.epochs[0] == pytest.approx(2)
    assert mix.epochs[1] < 2
    assert mix.shares == pytest.approx((0.7, 0.3), abs=0.005)


def test_a_language_without_documents_or_without_a_share_is_refused():
    with pytest.raises(TrainingError, match="asks for 30% en, and no dataset"):
        mix_rows([stream("ko")], {"ko": 0.7, "en": 0.3}, "tokens", rows=3)
    with pytest.raises(TrainingError, match="hold en, for which the mix has no share"):
        mix_rows([stream("ko"), stream("en")], {"ko": 1.0}, "tokens", rows=3)
    with pytest.raises(TrainingError, match="no text"):
        mix_rows([], {}, "tokens", rows=3)
    # A document of no text still has the tokens it begins and ends with.
    empty = stream(lengths=(2,), text_bytes=(0,))
    with pytest.raises(TrainingError, match="no text"):
        mix_rows([empty], {}, "bytes", rows=3)
