"""What leaves the house: the dataset card, and later the Hub."""
