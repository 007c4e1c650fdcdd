"""Extends the vocabulary of a tokenizer, and the embeddings of its model, by Korean tokens."""
