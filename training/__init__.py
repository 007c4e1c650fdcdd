"""Consumes published datasets: vocabulary, pretraining, SFT, DPO, evaluation, export."""
