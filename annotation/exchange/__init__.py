"""Files that come in and go out: items, decisions, judgements, preference rows."""
