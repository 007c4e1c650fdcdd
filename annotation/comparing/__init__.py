"""Texts beside each other: what differs, what they look like, and which terms are in them."""
