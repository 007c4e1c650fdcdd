"""Both identifiers against the programs whose answers they promise to give."""

import hashlib
import inspect
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bllossom_data.corpus import language, language_embedded, language_kernels
from bllossom_data.corpus.language import LanguageModel, language_code, load_identifier
from bllossom_data.errors import MissingPackageError, ModelError

KOREAN = "오늘은 날씨가 맑아서 공원까지 걸어가 친구를 만났다. 저녁에는 함께 국수를 먹었다."
ENGLISH = "The weather was fine today, so we walked to the park and had noodles in the evening."
OTHER = "Gumising kami nga sayo aron molakaw sa parke uban sa among mga higala."
CODE = "```cpp\nstd::vector<int> values = read_values(input_path);\nfor (int v : values) {}\n```\n"
EDGE_TEXTS = [
    "",
    " ",
    "\n",
    "a",
    "가",
    "1234 5678",
    "THE WHOLE TEXT IS WRITTEN IN CAPITAL LETTERS",
    "ДОКУМЕНТ НАПИСАН ЗАГЛАВНЫМИ БУКВАМИ",
    "ΌΛΟ ΤΟ ΚΕΊΜΕΝΟ ΜΕ ΚΕΦΑΛΑΊΑ ΓΡΆΜΜΑΤΑ ΣΕΙΡΆΣ",
    "ⅧⅨ Ⓐ",
    "大문자 ABC",
    unicodedata.normalize("NFD", KOREAN),
    unicodedata.normalize("NFD", "Müller trank für ein paar Münzen über das Maß hinaus"),
    "か\u3099き\u3099" * 10,
    "\ud800 lone surrogate",
    "\x00\x00",
    "🙂🙂🙂",
    "a " * 70_000,
    KOREAN * 400,
]


@pytest.fixture(scope="session")
def py3langid_identifier():
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@pytest.fixture(scope="session")
def lid176(shared_data: Path) -> Path:
    return shared_data / "langid-model" / "lid.176.ftz"


@pytest.fixture(scope="session")
def trained_model(tmp_path_factory):
    """Trains a small fastText model on the given labels; returns its path."""
    import fasttext

    folder = tmp_path_factory.mktemp("models")

    def train(*labels: str) -> Path:
        path = folder / f"{'-'.join(labels)}.bin"
        texts = {"kor_Hang": KOREAN, "ko": KOREAN, "eng_Latn": ENGLISH, "en": ENGLISH}
        lines = [f"__label__{label} {texts.get(label, OTHER)}\n" for label in labels] * 20
        (folder / "train.txt").write_text("".join(lines), encoding="utf-8")
        # Each thread fills a tenth of the weights: fewer than eleven leave some uninitialised.
        options = {"dim": 4, "bucket": 500, "minn": 2, "maxn": 3, "thread": 11}
        model = fasttext.train_supervised(
            str(folder / "train.txt"), lr=0.3, epoch=25, verbose=0, **options
        )
        model.save_model(str(path))
        return path

    return train


@pytest.fixture
def embedded():
    return load_identifier(LanguageModel())


def real_texts(shared_data: Path) -> list[str]:
    """Every 60th news line of 13 files and a few pages with code."""
    texts = []
    for path in sorted((shared_data / "labelled" / "ntrex").glob("*.txt")):
        texts += path.read_text(encoding="utf-8").splitlines()[::60]
    for name in ("ko/vue-docs", "en/vue-docs", "ko/tldr", "en/tldr", "ko/nsmc-reviews"):
        column = pl.read_ndjson(
            shared_data / "corpus" / f"{name}.jsonl.zst", infer_schema_length=1
        )["text"]
        texts += column.gather_every(max(len(column) // 12, 1)).to_list()
    return texts


def assert_same_as_py3langid(texts: list[str], py3langid_identifier) -> None:
    languages, scores = language_embedded.classify(texts)
    expected = [py3langid_identifier.classify(text) for text in texts]
    assert languages.to_list() == [language_code(label) for label, _ in expected]
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, [score for _, score in expected], atol=1e-4)


def test_real_texts_get_the_label_and_score_of_py3langid(shared_data, py3langid_identifier):
    assert_same_as_py3langid(real_texts(shared_data), py3langid_identifier)


def test_odd_texts_get_the_label_and_score_of_py3langid(py3langid_identifier):
    assert_same_as_py3langid(EDGE_TEXTS, py3langid_identifier)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.text(max_size=300)
        | st.text(alphabet=st.characters(codec="ascii"), max_size=200)
        | st.text(alphabet="가나다라마ㅋ각 ABCDEabcde漢字éÉß", max_size=200),
        max_size=5,
    )
)
def test_any_text_gets_the_label_and_score_of_py3langid(py3langid_identifier, texts):
    languages, scores = language_embedded.classify(texts)
    for text, found, score in zip(texts, languages, scores, strict=True):
        ranking = dict(py3langid_identifier.rank(text))
        best = max(ranking.values())
        assert score == pytest.approx(best, abs=1e-4)
        # Where two languages are as likely, rounding may choose either.
        assert any(
            language_code(label) == found and value > best - 1e-4
            for label, value in ranking.items()
        )


def test_the_four_lanes_of_a_walk_count_every_feature_once(py3langid_identifier):
    from py3langid.langid import visit_counts

    other = py3langid_identifier
    tables = language_embedded.lay_out(other)
    n_features = len(tables.weights)
    everything = (f"{KOREAN} {ENGLISH} {OTHER} " * 3).encode()
    for n_bytes in range(0, len(everything), 3):
        text = everything[:n_bytes]
        counts = np.zeros(n_features + 1, np.int32)
        seen = np.empty(n_features + 2, np.uint32)
        n_seen = language_kernels._walk(np.frombuffer(text, np.uint8), tables, counts, seen)
        found = {feature: counts[feature] for feature in seen[:n_seen] if feature < n_features}
        expected = visit_counts(other.tk_nextmove, other._rowbase, other.tk_output, text) or {}
        assert found == expected
        assert len(set(seen[:n_seen].tolist())) == n_seen


def test_weights_that_int16_cannot_hold_are_refused(py3langid_identifier, monkeypatch):
    monkeypatch.setattr(py3langid_identifier, "nb_ptc", py3langid_identifier.nb_ptc / 3)
    with pytest.raises(ModelError, match="no multiples of 1/512"):
        language_embedded.lay_out(py3langid_identifier)


def test_neighbours_and_blocks_do_not_change_an_answer(embedded):
    texts = [KOREAN, "", ENGLISH * 40_000, "Bonjour à tous", ENGLISH * 40_000, "가" * 50, CODE]
    assert sum(map(len, texts)) > language_kernels._BLOCK_BYTES
    together = embedded.identify(texts)
    alone = [embedded.identify([text]) for text in texts]
    assert together.languages.to_list() == [answer.languages[0] for answer in alone]
    assert together.scores.tolist() == [answer.scores[0] for answer in alone]


def test_columns_may_be_sliced_chunked_null_or_empty(embedded):
    column = pl.concat([pl.Series(["x", KOREAN]), pl.Series([None, ENGLISH], dtype=pl.String)])
    assert embedded.identify(column[1:]).languages.to_list() == [
        "ko",
        embedded.identify([""]).languages[0],
        "en",
    ]
    for nothing in (pl.Series([], dtype=pl.String), []):
        languages, scores = embedded.identify(nothing)
        assert len(languages) == len(scores) == 0
        assert languages.dtype == pl.String
    assert embedded.identify([""]).scores[0] < 0.02


def test_a_korean_page_that_is_mostly_code_is_korean(embedded):
    code = inspect.getsource(BaseHTTPRequestHandler.parse_request)
    page = f"# 안내\n\n{KOREAN}\n\n```python\n{code}```\n"
    assert language_embedded.classify([page]).languages[0] != "ko"
    languages, scores = embedded.identify([page])
    assert languages[0] == "ko"
    assert scores[0] > embedded.thresholds["ko"]


def test_an_english_page_that_names_korean_stays_english(embedded):
    page = f"# Languages\n\n{ENGLISH} Korean is written 한국어 in its own letters.\n\n{CODE}"
    assert embedded.identify([page]).languages[0] == "en"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_korean_is_korean_in_both_normal_forms(embedded, form):
    assert embedded.identify([unicodedata.normalize(form, KOREAN)]).languages[0] == "ko"


def test_a_script_unknown_to_the_model_is_not_called_korean(embedded):
    vai = "ꕉꕜꕮ ꔔꘋ ꖸ ꔰ ꗋꘋ ꕮꕨ ꔔꘋ ꖸ ꕎ ꕉꖸꕊ ꕴꖃ ꕃꔤꘂ ꗱ"
    assert language_embedded.classify([vai]).languages[0] == "ko"
    languages, scores = embedded.identify([vai])
    assert languages[0] == "und"
    assert scores[0] == 0


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("가나", 1.0),
        ("ㅋㅋab", 0.5),
        ("ㅎㄱㅏㅣab", 4 / 6),
        ("ab漢", 0.0),
        ("가 1!“”。·", 1.0),
        ("", 0.0),
    ],
)
def test_the_share_of_hangul_is_that_among_letters(text, ratio):
    for form in ("NFC", "NFKD") if text == "가나" else ("NFC",):
        batch = language_embedded.utf8_batch([unicodedata.normalize(form, text)])
        assert language_kernels.scan(*batch)[1][0] == pytest.approx(ratio)


def test_the_thresholds_of_the_packaged_model_keep_news_and_drop_other_languages(
    embedded, shared_data
):
    folder = shared_data / "labelled" / "ntrex"
    for code, file in (("ko", "ref.kor"), ("en", "src.eng")):
        lines = (folder / f"newstest2019-{file}.txt").read_text(encoding="utf-8").splitlines()
        languages, scores = embedded.identify(lines)
        kept = (languages == code).to_numpy() & (scores >= embedded.thresholds[code])
        assert kept.mean() >= 0.97
    for path in folder.glob("*ref.[!k]*.txt"):
        languages, scores = embedded.identify(path.read_text(encoding="utf-8").splitlines())
        for code, least in embedded.thresholds.items():
            assert not ((languages == code).to_numpy() & (scores >= least)).any()


def test_the_packaged_model_says_its_version(embedded):
    assert embedded.name.startswith("py3langid 0.")


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("__label__ko", "ko"),
        ("__label__kor_Hang", "ko"),
        ("kor", "ko"),
        ("kor_Latn", "kor_Latn"),
        ("eng_Latn", "en"),
        ("zh", "zh"),
        ("cmn_Hani", "zh"),
        ("jpn_Jpan", "ja"),
        ("ceb", "ceb"),
        ("als", "als"),
        ("als_Latn", "sq"),
        ("yue_Hani", "yue_Hani"),
        ("und_Hang", "und_Hang"),
    ],
)
def test_labels_become_two_letters_where_there_are_two(label, code):
    assert language_code(label) == code


def datatrove_answers(path: Path, texts: list[str]) -> list[tuple[str, float]]:
    from datatrove.data import Document
    from datatrove.utils.lid import FT176LID
    from fasttext.FastText import _FastText

    lid = FT176LID()
    lid._model = _FastText(str(path))
    return [lid.predict(Document(text=text, id="0"))[0] for text in texts]


def test_a_fasttext_model_answers_as_in_datatrove(lid176, shared_data):
    texts = real_texts(shared_data) + [t for t in EDGE_TEXTS if "\ud800" not in t]
    texts += ["한 줄\n두 줄\r\n세 줄", "__label__en 안녕하세요", "</s> 안녕"]
    digest = hashlib.sha256(lid176.read_bytes()).hexdigest()
    identifier = load_identifier(LanguageModel(path=str(lid176), sha256=digest.upper()))
    expected = datatrove_answers(lid176, texts)
    for given_as in (texts, pl.Series(texts)):
        languages, scores = identifier.identify(given_as)
        assert languages.to_list() == [label for label, _ in expected]
        assert scores.tolist() == [score for _, score in expected]
    assert identifier.name == f"fasttext lid.176.ftz sha256:{digest}"
    assert identifier.thresholds == {"ko": 0.842, "en": 0.65}


def test_a_model_with_glotlid_labels_answers_in_two_letters(trained_model):
    path = trained_model("kor_Hang", "eng_Latn", "ceb_Latn")
    identifier = load_identifier(LanguageModel(path=str(path)))
    languages, scores = identifier.identify([KOREAN, ENGLISH, "\ud800"])
    assert languages.to_list()[:1] == ["ko"]
    expected = datatrove_answers(path, [KOREAN, ENGLISH])
    assert [language_code(label) for label, _ in expected] == languages.to_list()[:2]
    assert [score for _, score in expected] == scores.tolist()[:2]


@pytest.mark.parametrize(("labels", "lacks"), [(("en", "de"), "Korean"), (("ko", "de"), "English")])
def test_a_model_without_korean_or_english_is_refused(trained_model, labels, lacks):
    with pytest.raises(ModelError, match=f"no label for {lacks}.*__label__"):
        load_identifier(LanguageModel(path=str(trained_model(*labels))))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<html>not a model</html>", "damaged or no fastText model"),
        # A header and nothing else: fastText divides by zero, which ends the process.
        ((793712314).to_bytes(4, "little"), "damaged or no fastText model"),
        (b"", "damaged or no fastText model"),
    ],
)
def test_a_damaged_model_is_an_error_and_not_a_crash(tmp_path, content, says):
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=says):
        load_identifier(LanguageModel(path=str(path)))


def test_a_truncated_model_does_not_keep_the_build_waiting(lid176, tmp_path, monkeypatch):
    path = tmp_path / "short.ftz"
    path.write_bytes(lid176.read_bytes()[:5000])
    monkeypatch.setattr(language, "TRIAL_MIN_S", 2.0)
    with pytest.raises(ModelError, match="not loaded after 2 s"):
        load_identifier(LanguageModel(path=str(path)))


def test_a_file_with_the_right_checksum_that_is_no_model_is_refused(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"<html>")
    digest = hashlib.sha256(b"<html>").hexdigest()
    with pytest.raises(ModelError, match="is no fastText model"):
        load_identifier(LanguageModel(path=str(path), sha256=digest))


def test_a_wrong_checksum_names_both_values(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"abc")
    with pytest.raises(ModelError) as raised:
        load_identifier(LanguageModel(path=str(path), sha256="0" * 64))
    assert "0" * 64 in str(raised.value)
    assert hashlib.sha256(b"abc").hexdigest() in str(raised.value)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (LanguageModel(path="/nowhere/model.bin"), "cannot be read: No such file"),
        (LanguageModel(path="/"), "cannot be read: Is a directory"),
        (LanguageModel(path="a", url="https://b"), "keep one"),
        (LanguageModel(sha256="0" * 64), "without path or url"),
        (LanguageModel(path="a", sha256="12"), "not 64 hexadecimal digits"),
        (LanguageModel(url="https://host/model.bin"), "needs sha256"),
        (LanguageModel(url="file:///etc/hosts", sha256="0" * 64), "use path"),
        (LanguageModel(url="hf://glotlid", sha256="0" * 64), "hf://owner/repository"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_in_words(model, says):
    with pytest.raises(ModelError, match=says):
        load_identifier(model)


@pytest.mark.parametrize(
    ("model", "module", "package"),
    [
        (LanguageModel(path=__file__), "fasttext.FastText", "fasttext-numpy2-wheel"),
        (LanguageModel(), "py3langid.langid", "py3langid"),
    ],
)
def test_a_package_that_is_not_installed_is_named(monkeypatch, model, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    language_embedded._embedded_model.cache_clear()
    with pytest.raises(MissingPackageError, match=package):
        load_identifier(model)


class ModelServer:
    """Serves `body` on the loopback after the scripted answers, which say how it fails."""

    def __init__(self, body: bytes, script: list[str]) -> None:
        self.paths: list[str] = []
        self.body, self.script = body, script
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.paths.append(self.path)
                answer = server.script.pop(0) if server.script else "whole"
                if answer == "slow":
                    time.sleep(1.0)
                if answer.isdigit():
                    self.send_error(int(answer))
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(server.body)))
                self.end_headers()
                # A client that was told to be impatient has hung up.
                with suppress(ConnectionError):
                    self.wfile.write(server.body[:100] if answer == "cut" else server.body)

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/models/lid.bin"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def serve(monkeypatch, tmp_path, trained_model) -> Iterator:
    """Starts a server for a small model; the cache is a new folder and waits are short."""
    monkeypatch.setenv("BLLOSSOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(language, "RETRY_WAITS_S", (0.01, 0.01, 0.01))
    monkeypatch.setattr(language, "TIMEOUT_S", 0.3)
    body = trained_model("ko", "en").read_bytes()
    servers: list[ModelServer] = []

    def start(*script: str) -> tuple[ModelServer, str]:
        servers.append(ModelServer(body, list(script)))
        return servers[-1], hashlib.sha256(body).hexdigest()

    yield start
    for server in servers:
        server.http.shutdown()
        server.http.server_close()


def cached_files(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "script", [("500", "500"), ("cut", "cut"), ("slow",), ("429", "503", "cut")]
)
def test_a_download_outlives_passing_faults(serve, tmp_path, script):
    server, digest = serve(*script)
    identifier = load_identifier(LanguageModel(url=server.url, sha256=digest))
    assert identifier.identify([KOREAN]).languages[0] == "ko"
    assert identifier.name == f"fasttext lid.bin sha256:{digest}"
    assert len(server.paths) == len(script) + 1
    assert cached_files(tmp_path) == ["lid.bin"]


@pytest.mark.parametrize(
    ("script", "n_requests", "says"),
    [
        (("404",), 1, "404"),
        (("500",) * 9, 4, "500"),
        (("cut",) * 9, 4, "ended after 100 of"),
        (("slow",) * 9, 4, "timed out"),
    ],
)
def test_a_download_that_keeps_failing_ends_in_words(serve, tmp_path, script, n_requests, says):
    server, digest = serve(*script)
    with pytest.raises(ModelError, match=f"cannot be downloaded: .*{says}.*give its path"):
        load_identifier(LanguageModel(url=server.url, sha256=digest))
    assert len(server.paths) == n_requests
    assert cached_files(tmp_path) == []


def test_a_download_with_another_checksum_is_not_kept(serve, tmp_path):
    server, digest = serve()
    with pytest.raises(ModelError, match=f"SHA-256 is {digest}, the recipe wants {'1' * 64}"):
        load_identifier(LanguageModel(url=server.url, sha256="1" * 64))
    assert len(server.paths) == 1
    assert cached_files(tmp_path) == []


def test_a_model_is_downloaded_once_and_again_when_its_copy_is_damaged(serve, tmp_path):
    server, digest = serve()
    model = LanguageModel(url=server.url, sha256=digest)
    for _ in range(2):
        load_identifier(model)
    assert len(server.paths) == 1
    next((tmp_path / "cache").rglob("lid.bin")).write_bytes(b"damaged")
    load_identifier(model)
    assert len(server.paths) == 2


def test_a_hub_address_asks_for_the_pinned_revision(serve, monkeypatch):
    server, digest = serve()
    monkeypatch.setenv("HF_ENDPOINT", server.url.removesuffix("/models/lid.bin"))
    for url in ("hf://cis-lmu/glotlid@abc123/model_v3.bin", "hf://cis-lmu/glotlid/model.bin"):
        load_identifier(LanguageModel(url=url, sha256=digest))
    assert server.paths == [
        "/cis-lmu/glotlid/resolve/abc123/model_v3.bin",
        "/cis-lmu/glotlid/resolve/main/model.bin",
    ]


def test_a_cache_that_cannot_be_written_is_an_error_in_words(serve, tmp_path, monkeypatch):
    server, digest = serve()
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BLLOSSOM_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"cannot be kept in .*BLLOSSOM_CACHE"):
        load_identifier(LanguageModel(url=server.url, sha256=digest))
