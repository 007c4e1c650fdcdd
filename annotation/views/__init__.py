"""What a browser asks for, and what it gets: one function a page."""
