"""Text on paper: which font has its letters. No font of the machine is needed, and none is carried along.

Latin text is set in the fonts that every reader of PDF has, Chinese in the one that readers have for it.
"""

from functools import cache

from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont

LATIN, LATIN_BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "STSong-Light"
_LIKE = str.maketrans({"\u202f": "\u00a0", "\u2212": "\u2013", "\u2009": "\u00a0", "■": "\u00b7"})


def on_paper(text: str) -> str:
    """Return a text with the spaces and signs that the fonts have."""
    return text.translate(_LIKE)


def font_of(text: str, *, bold: bool = False) -> str:
    """Return the font in which a text can be set."""
    try:
        on_paper(text).encode("cp1252")
    except UnicodeEncodeError:
        return _chinese()
    return LATIN_BOLD if bold else LATIN


@cache
def _chinese() -> str:
    registerFont(UnicodeCIDFont(CHINESE))
    return CHINESE
