"""What happens to items: leased, answered, checked, settled, and written to the log."""
