"""What a dataset is, and the algorithms over text. No web, no torch, no engine at import."""
