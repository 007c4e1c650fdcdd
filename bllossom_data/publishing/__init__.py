"""What leaves the house: card, metadata, checks, upload; and how it comes back by commit."""
