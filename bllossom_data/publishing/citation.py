"""How a version of a dataset is cited, as BibTeX."""

import re

from bllossom_data.recipe_fields import Dataset

__all__ = ["citation"]


def citation(dataset: Dataset) -> str:
    """The BibTeX entry of a version; who owns the repository stands for its authors."""
    author = dataset.hub.partition("/")[0] if dataset.hub else "Bllossom"
    title = re.sub(r"[{}\\]", "", dataset.pretty_name)
    entries = {
        "title": re.sub(r"([&%$#_])", r"\\\1", title),
        "author": f"{{{author}}}",
        "year": dataset.version.partition(".")[0],
        "version": dataset.version,
    }
    if dataset.hub:
        entries["url"] = f"https://huggingface.co/datasets/{dataset.hub}"
    lines = [f"  {key} = {{{value}}}" for key, value in entries.items()]
    return f"@misc{{{dataset.name},\n" + ",\n".join(lines) + "\n}"
