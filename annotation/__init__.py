"""The page where people review, compare and judge: their decisions become the dataset.

A Django project. It meets the pipelines in files only: what waits comes in as ``waiting.jsonl``,
what people decided goes out as ``decisions.jsonl``.
"""
