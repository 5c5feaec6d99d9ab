"""Roof: a believable county or province for a first look and for benchmarks, and the product in one terminal."""
