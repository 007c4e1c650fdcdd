"""Western context into Korean context: entities, topics, measures, as edits that people review."""
