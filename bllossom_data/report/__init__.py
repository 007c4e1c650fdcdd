"""The page that people look at after a build: what came in, what left at which step, and why.

`data.py` is everything the page shows, `page.py` turns it into one self-contained HTML file.
Nothing here reads a step's folder or a clock: the same data gives the same bytes.
"""
