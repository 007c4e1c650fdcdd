"""English instruction data into Korean: segments, providers, memory, cache, budget, checks."""
