"""Measures identity over a week of a chain; see ``bench/identity/__main__.py``."""
