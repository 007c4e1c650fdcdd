"""What the work comes to: progress, agreement, win rates, and their pictures."""
