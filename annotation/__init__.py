"""People: the web page on which linguists review, compare and evaluate."""
