"""Benchmarks: each prints a table and appends one JSON row a run to ``benchmarks/results``."""
