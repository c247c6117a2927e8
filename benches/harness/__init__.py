"""Benchmarks of whole copies: dbferry against what else there is, side by side on one machine."""
