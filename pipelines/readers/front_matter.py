"""Front matter: the keys that stand before a Markdown text."""

import re
import tomllib
from typing import Any

import yaml

MAX_FRONT_MATTER_CHARS = 256 << 10
FRONT_MATTER = re.compile(
    r"\A(?P<fence>---|\+\+\+)[ \t]*\r?\n(?P<content>.*?)^(?P=fence)[ \t]*(?:\r?\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
LOOKS_LIKE_KEYS = re.compile(r"\s*(?:#.*\n\s*)*[\w\"'-]+[ \t]*[:=]")
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Separate YAML (`---`) or TOML (`+++`) at the beginning of a text from the rest.

    Front matter that cannot be parsed becomes the column `front_matter`. A horizontal rule with
    prose below it is no front matter and stays.
    """
    if not text.startswith(("---", "+++")):
        return {}, text
    found = FRONT_MATTER.match(text, 0, MAX_FRONT_MATTER_CHARS)
    if found is None:
        return {}, text
    content, body = found["content"], text[found.end() :]
    if not content.strip():
        return {}, body
    if not LOOKS_LIKE_KEYS.match(content):
        return {}, text
    values = _toml(content) if found["fence"] == "+++" else _yaml(content)
    return ({"front_matter": content} if values is None else values), body


def _toml(content: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(content.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _yaml(content: str) -> dict[str, Any] | None:
    try:
        # A few aliases of aliases grow to gigabytes once they are written out.
        events = yaml.parse(content, Loader=YAML_LOADER)
        if any(isinstance(event, yaml.AliasEvent) for event in events):
            return None
        values = yaml.load(content, Loader=YAML_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return {str(key): value for key, value in values.items()} if isinstance(values, dict) else None
