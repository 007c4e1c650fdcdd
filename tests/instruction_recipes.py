"""How recipes of instruction data begin that tests and benchmarks build."""


def source(name: str, path: str, *, split: str | None = None, license_id: str = "cc0-1.0") -> str:
    """One table of a source."""
    told = f'split = "{split}"\n' if split else ""
    return f'\n[[sources]]\nname = "{name}"\npath = "{path}"\n{told}license = "{license_id}"\n'


def lima(train: str, test: str) -> str:
    """LIMA's two splits."""
    return "".join(
        source(f"lima-{split}", path, split=split, license_id="cc-by-nc-sa-4.0")
        for split, path in (("train", train), ("test", test))
    )


def begun(name: str, sources: str = "", license_id: str = "cc0-1.0") -> str:
    """The dataset and its sources; the file `items.jsonl` if none are given."""
    return f"""
[dataset]
name = "{name}"
version = "2026.11.0-dev"
kind = "instruction"
license = "{license_id}"
pretty_name = "{name}"
languages = ["ko", "en"]
{sources or source("demo", "items.jsonl")}"""
