"""Names the language of documents: a fastText model where one is given, else the packaged one.

`load_identifier` answers with the model that the recipe asks for. A fastText model (lid.176,
GlotLID) is the better judge where it can be had; the packaged py3langid model needs no download.
A fastText score is exactly the one datatrove 0.10 computes, so FineWeb-2's thresholds hold for it.
"""

import hashlib
import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bllossom_data.errors import ModelError, missing_package

__all__ = [
    "FASTTEXT_THRESHOLDS",
    "FastTextIdentifier",
    "Identification",
    "LanguageIdentifier",
    "LanguageModel",
    "language_code",
    "load_identifier",
]

FASTTEXT_THRESHOLDS: Mapping[str, float] = {"ko": 0.842, "en": 0.65}
"""Least score per language: FineWeb-2's kor_Hang (GlotLID) and FineWeb's English (lid.176)."""

TIMEOUT_S = 30.0
RETRY_WAITS_S = (1.0, 4.0, 16.0)
_RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHUNK_BYTES = 1 << 20
TRIAL_MIN_S = 10.0
TRIAL_BYTES_PER_S = 20e6

# ISO 639-3 code and the ISO 639-1 code of the same language.
_ISO_639 = """
aar aa abk ab afr af aka ak amh am ara ar arg an asm as ava av ave ae aym ay aze az bak ba bam bm
bel be ben bn bis bi bod bo bos bs bre br bul bg cat ca ces cs cha ch che ce chu cu chv cv cor kw
cos co cre cr cym cy dan da deu de div dv dzo dz ell el eng en epo eo est et eus eu ewe ee fao fo
fas fa fij fj fin fi fra fr fry fy ful ff gla gd gle ga glg gl glv gv grn gn guj gu hat ht hau ha
hbs sh heb he her hz hin hi hmo ho hrv hr hun hu hye hy ibo ig ido io iii ii iku iu ile ie ina ia
ind id ipk ik isl is ita it jav jv jpn ja kal kl kan kn kas ks kat ka kau kr kaz kk khm km kik ki
kin rw kir ky kom kv kon kg kor ko kua kj kur ku lao lo lat la lav lv lim li lin ln lit lt ltz lb
lub lu lug lg mah mh mal ml mar mr mkd mk mlg mg mlt mt mon mn mri mi msa ms mya my nau na nav nv
nbl nr nde nd ndo ng nep ne nld nl nno nn nob nb nor no nya ny oci oc oji oj ori or orm om oss os
pan pa pli pi pol pl por pt pus ps que qu roh rm ron ro run rn rus ru sag sg san sa sin si slk sk
slv sl sme se smo sm sna sn snd sd som so sot st spa es sqi sq srd sc srp sr ssw ss sun su swa sw
swe sv tah ty tam ta tat tt tel te tgk tg tgl tl tha th tir ti ton to tsn tn tso ts tuk tk tur tr
twi tw uig ug ukr uk urd ur uzb uz ven ve vie vi vol vo wln wa wol wo xho xh yid yi yor yo zha za
zho zh zul zu
"""
# The member by which GlotLID and NLLB name a macrolanguage. Read only in labels with a script:
# a bare "als" is Alemannic in lid.176, "als_Latn" is Albanian.
_MEMBERS = """
als sq arb ar ayr ay azj az cmn zh ekk et gaz om gug gn kmr ku khk mn lvs lv npi ne ory or pbt ps
pes fa plt mg quz qu swh sw uzn uz ydd yi zsm ms
"""
_TWO_LETTERS = dict(zip(*[iter(_ISO_639.split())] * 2, strict=True))
_TWO_LETTERS_WITH_SCRIPT = _TWO_LETTERS | dict(zip(*[iter(_MEMBERS.split())] * 2, strict=True))


class Identification(NamedTuple):
    """Languages (strings, ISO 639-1 where one exists) and scores (0-1) of a batch, row by row."""

    languages: pl.Series
    scores: NDArray[np.float32]


class LanguageIdentifier(Protocol):
    """What a step needs of an identifier.

    `name` says model and version for the manifest; `thresholds` gives the least score at which
    a document counts as Korean (`ko`) or English (`en`) with this model.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def thresholds(self) -> Mapping[str, float]: ...  # noqa: D102
    def identify(self, texts: pl.Series | Sequence[str]) -> Identification: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """Where the fastText model comes from; nothing given means the packaged py3langid model.

    Attributes:
        path: A file on this machine; verified when `sha256` is given.
        url: `https://`, `http://` or `hf://owner/repository[@revision]/file`; needs `sha256`.
        sha256: The file's SHA-256, 64 hexadecimal digits.
    """

    path: str | None = None
    url: str | None = None
    sha256: str | None = None


def language_code(label: str) -> str:
    """Shortens a model's label to ISO 639-1 where one exists: `kor_Hang` to `ko`.

    A language without a two-letter code keeps its label whole (`ceb`, `yue_Hani`), and so does a
    language in a script that has no place in its data (`kor_Latn` is not Korean text).
    """
    language, _, script = label.removeprefix("__label__").partition("_")
    code = (_TWO_LETTERS_WITH_SCRIPT if script else _TWO_LETTERS).get(language, language)
    is_strange = (code == "ko" and script not in ("", "Hang", "Kore")) or (
        code == "en" and script not in ("", "Latn")
    )
    if is_strange or len(code) > 2:
        return label.removeprefix("__label__")
    return code


def load_identifier(model: LanguageModel) -> LanguageIdentifier:
    """Loads the identifier a recipe asks for.

    Raises:
        ModelError: The file is missing, damaged, not the one asked for, cannot be downloaded, or
            knows no Korean or no English.
        MissingPackageError: fasttext or py3langid is not installed.
    """
    if model.sha256 is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", model.sha256):
        raise ModelError(
            f"language model: sha256 is {model.sha256!r}, not 64 hexadecimal digits; "
            "`sha256sum FILE` prints them"
        )
    if model.path is None and model.url is None:
        if model.sha256 is not None:
            raise ModelError("language model: sha256 is given without path or url; add one")
        # Compiled kernels stay out of a process that reads another model.
        from bllossom_data.corpus.language_embedded import load_embedded

        return load_embedded()
    if model.path is not None and model.url is not None:
        raise ModelError(
            f"language model: both path ({model.path}) and url ({model.url}) are given; keep one"
        )
    wanted = model.sha256.lower() if model.sha256 else None
    if model.path is not None:
        path = Path(model.path).expanduser()
    else:
        path = _fetched(str(model.url), wanted)
    digest = _sha256(path)
    if wanted is not None and digest != wanted:
        raise ModelError(_wrong_checksum(str(path), wanted, digest))
    _fasttext_class()
    if wanted is None:
        _try_in_child(path)
    return _load_fasttext(path, f"fasttext {path.name} sha256:{digest}")


def _wrong_checksum(origin: str, wanted: str, found: str) -> str:
    return (
        f"language model {origin}: SHA-256 is {found}, the recipe wants {wanted}; "
        "get the right file or correct sha256"
    )


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            f"language model {path} cannot be read: {error.strerror}; correct the path, or leave "
            "path and url out for the packaged model"
        ) from error


def _cache_folder() -> Path:
    """Returns `$BLLOSSOM_CACHE/models`, or `~/.cache/bllossom/models` where that is not set."""
    root = os.environ.get("BLLOSSOM_CACHE") or "~/.cache/bllossom"
    return Path(root).expanduser() / "models"


def _web_address(url: str) -> str:
    """Turns `hf://owner/repository[@revision]/file` into the address of the file."""
    if url.startswith(("https://", "http://")):
        return url
    parts = re.fullmatch(r"hf://([^/@]+/[^/@]+)(?:@([^/]+))?/(.+)", url)
    if parts is None:
        raise ModelError(
            f"language model: url {url!r} is none of https://…, http://… and "
            "hf://owner/repository[@revision]/file; for a file on this machine use path"
        )
    repository, revision, file = parts.groups()
    endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    return f"{endpoint}/{repository}/resolve/{revision or 'main'}/{urllib.parse.quote(file)}"


def _fetched(url: str, wanted: str | None) -> Path:
    """Returns the cached file of `url`, downloading it when it is not there or not the one."""
    if wanted is None:
        raise ModelError(f"language model: url {url} needs sha256, so that the file is certain")
    address = _web_address(url)
    folder = _cache_folder() / wanted[:16]
    path = folder / (Path(urllib.parse.urlsplit(address).path).name or "model")
    if path.is_file() and _sha256(path) == wanted:
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".part-", delete=False) as file:
            part = Path(file.name)
            try:
                _download(address, file)
                file.flush()
                found = _sha256(part)
                if found != wanted:
                    raise ModelError(_wrong_checksum(url, wanted, found))
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(
            f"language model {url} cannot be kept in {folder}: {error}; "
            "make room there or set BLLOSSOM_CACHE to another folder"
        ) from error
    return path


def _download(address: str, file: IO[bytes]) -> None:
    """Copies the file at `address`, trying again where the fault may pass."""
    fault: Exception | None = None
    for wait_s in (0.0, *RETRY_WAITS_S):
        time.sleep(wait_s)
        file.seek(0)
        file.truncate()
        try:
            return _copy(address, file)
        except urllib.error.HTTPError as error:
            fault = error
            if error.code not in _RETRIED_STATUSES:
                break
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            fault = error
        except http.client.HTTPException as error:
            fault = error
    raise ModelError(
        f"language model {address} cannot be downloaded: {fault}; try again later, or download it "
        "yourself and give its path"
    ) from fault


def _copy(address: str, file: IO[bytes]) -> None:
    request = urllib.request.Request(address, headers={"User-Agent": "bllossom-data"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
        n_bytes = 0
        while chunk := response.read(_CHUNK_BYTES):
            file.write(chunk)
            n_bytes += len(chunk)
        announced = response.headers.get("Content-Length")
        if announced is not None and n_bytes != int(announced):
            raise http.client.HTTPException(f"ended after {n_bytes} of {announced} bytes")


def _try_in_child(path: Path) -> None:
    """Loads a file without known checksum in another process first.

    fastText trusts its file: a truncated one kills the process or keeps it busy for ever.
    """
    code = (
        "import sys; from fasttext.FastText import _FastText; _FastText(sys.argv[1]).predict('a')"
    )
    limit_s = TRIAL_MIN_S + path.stat().st_size / TRIAL_BYTES_PER_S
    try:
        trial = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, timeout=limit_s
        )
        fault = None if trial.returncode == 0 else f"the trial ended with code {trial.returncode}"
    except subprocess.TimeoutExpired:
        fault = f"not loaded after {limit_s:.0f} s"
    if fault is not None:
        raise ModelError(
            f"language model {path} is damaged or no fastText model ({fault}); get it again and "
            "give its sha256"
        )


@dataclass(frozen=True, slots=True)
class FastTextIdentifier:
    """A fastText model; label and score are those of datatrove's `FT176LID` and `GlotLID`.

    datatrove asks for all labels (k = -1) and takes the best; only the best is asked for here.
    """

    name: str
    thresholds: Mapping[str, float]
    model: Any
    codes: Mapping[str, str]

    def identify(self, texts: pl.Series | Sequence[str]) -> Identification:
        """Names the language of every text; a null counts as an empty text."""
        if isinstance(texts, pl.Series):
            lines = texts.fill_null("").str.replace_all("\n", " ", literal=True).to_list()
        else:
            # fastText takes UTF-8 only; a lone surrogate cannot be written in it.
            lines = [text.replace("\n", " ").encode("utf-8", "replace").decode() for text in texts]
        labels, scores = self.model.f.multilinePredict(
            [line + "\n" for line in lines], 1, 0.0, "strict"
        )
        # A model whose dictionary knows nothing of a text, not even the line end, gives no label.
        best = [
            (found[0], score[0]) if found else ("", 0.0)
            for found, score in zip(labels, scores, strict=True)
        ]
        return Identification(
            pl.Series([self.codes.get(label, "und") for label, _ in best], dtype=pl.String),
            np.array([score for _, score in best], dtype=np.float32),
        )


def _load_fasttext(path: Path, name: str) -> FastTextIdentifier:
    try:
        model = _fasttext_class()(str(path))
    except (ValueError, RuntimeError, MemoryError) as error:
        raise ModelError(
            f"language model {path} is no fastText model: {error}; get the right file"
        ) from error
    labels: list[str] = model.get_labels()
    codes = {label: language_code(label) for label in labels}
    for code, language in (("ko", "Korean"), ("en", "English")):
        if code not in codes.values():
            raise ModelError(
                f"language model {path} has no label for {language}: its {len(labels)} labels are "
                f"like {', '.join(labels[:5])}; every {language} document would be dropped, so "
                "take a language identification model such as lid.176 or GlotLID"
            )
    return FastTextIdentifier(name, FASTTEXT_THRESHOLDS, model, codes)


def _fasttext_class() -> Any:
    try:
        from fasttext.FastText import _FastText
    except ImportError as error:
        raise missing_package("fasttext-numpy2-wheel", "a fastText language model") from error
    return _FastText
