"""Cells that no spreadsheet takes for a formula. Pure.

Names of stores and cameras are chosen by people: one that begins with = could ask whoever opens a file for anything.
Source: OWASP, "CSV Injection".
"""

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """Return a text as a cell may hold it: behind an apostrophe where a spreadsheet would compute it."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
