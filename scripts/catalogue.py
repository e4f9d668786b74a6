"""Brings the catalogues of languages up to what pages can say: new texts are added without words, old ones dropped.

`make texts` runs it, and names what has no words yet. They are written into analytics/locale/*/LC_MESSAGES/footfall.po.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ANALYTICS = Path(__file__).parents[1] / "analytics"
KEYWORDS = {"_": None, "gettext": None, "later": None, "ngettext": (1, 2), "plural": (1, 2)}

Text = str | tuple[str, str]


def texts() -> Iterator[tuple[Text, str]]:
    """Yield every text of pages, both forms where a count decides, and the file in which it stands."""
    for path in sorted(ANALYTICS.rglob("*.py")):
        yield from _texts_of(path, "python")
    for path in sorted(ANALYTICS.rglob("templates/*")):
        yield from _texts_of(path, "jinja2.ext:babel_extract")


def kept(path: Path) -> Catalog:
    """Return a catalogue as it lies in a file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name)


def lacking(catalogue: Catalog) -> list[Text]:
    """Return the texts to which a catalogue has no words."""
    empty = (message for message in catalogue if message.id)
    return [message.id for message in empty if message.fuzzy or not all(_forms(message.string))]


def update(path: Path) -> list[Text]:
    """Rewrite a catalogue and return the texts that lack words."""
    before = kept(path) if path.exists() else Catalog(locale=path.parents[1].name)
    after = Catalog(locale=path.parents[1].name)
    for text, _where in texts():
        known = before.get(text if isinstance(text, str) else text[0])
        same = known is not None and known.id == text
        after.add(text, string=known.string if known is not None and same else "")
    with path.open("wb") as file:
        write_po(file, after, width=120, no_location=True, omit_header=True, sort_output=True)
    return lacking(after)


def _texts_of(path: Path, method: str) -> Iterator[tuple[Text, str]]:
    options = {"trimmed": "true", "silent": "false"}
    for _line, message, _comments, _context in extract_from_file(method, path, keywords=KEYWORDS, options=options):
        text = message if isinstance(message, str) else (message[0], message[1])
        if text:
            yield text, str(path.relative_to(ANALYTICS))


def _forms(words: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


if __name__ == "__main__":
    without = [text for path in sorted(ANALYTICS.glob("locale/*/LC_MESSAGES/*.po")) for text in update(path)]
    for text in without:
        print(f"no words yet: {text}")
    sys.exit(bool(without))
