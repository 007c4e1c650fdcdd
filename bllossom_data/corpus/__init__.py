"""Algorithms over corpora: signals, rules, language, words, near-duplicates, leaks, mixing."""
