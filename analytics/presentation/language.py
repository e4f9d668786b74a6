"""The language that somebody reads: one catalogue, English as it stands in the source and what it is called elsewhere.

Templates and Python say ``_("…{name}…", name=value)``; ``plural`` where a count decides the form. What is spoken holds
for the request, or the block under ``speaking``, and is English everywhere else: on the terminal, to programs.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from jinja2 import Environment

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "zh": "中文"}
"""The languages there are, each by its own name."""

_spoken: ContextVar[str] = ContextVar("footfall_language", default=ENGLISH)


def language() -> str:
    """Return the code of the language that is spoken here, such as ``zh``."""
    return _spoken.get()


def locale() -> Locale:
    """Return how numbers and dates are written in that language."""
    return _locale(language())


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak one of ``LANGUAGES`` within the block, in this thread or task."""
    before = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(before)


def _(text: str, /, **values: object) -> str:
    """Return a text in the language spoken, its ``{names}`` replaced; in English where the catalogue lacks it."""
    said = _translations(language()).gettext(text) if text else ""
    return said.format(**values) if values else said


def plural(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of a text that fits a count, which is its ``{count}``, written as numbers are."""
    said = _translations(language()).ngettext(one, many, count)
    return said.format(count=format_decimal(count, locale=locale()), **values)


def later(text: str) -> str:
    """Return a text as it is, marked for the catalogue: ``_`` says it once it is known in which language."""
    return text


def preferred(accept_language: str) -> str:
    """Return the first language there is of those a browser names, best first; English without any."""
    named = []
    for place, part in enumerate(accept_language.split(",")):
        code, _separator, quality = part.strip().partition(";q=")
        try:
            named.append((-float(quality or 1), place, code.partition("-")[0].lower()))
        except ValueError:
            continue
    return next((code for rank, _place, code in sorted(named) if rank < 0 and code in LANGUAGES), ENGLISH)


def install(environment: Environment) -> None:
    """Give templates ``_`` and ``plural``, and ``{% trans %}`` for texts with markup between their words."""
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _translations(language()).gettext(text),
        lambda one, many, count: _translations(language()).ngettext(one, many, count),
        newstyle=True,
    )
    environment.globals.update({"_": _, "plural": plural})


def catalogue(code: str) -> Catalog:
    """Return the catalogue of a language, as it is kept."""
    kept = files("analytics").joinpath("locale", code, "LC_MESSAGES", "footfall.po")
    return read_po(io.BytesIO(kept.read_bytes()), locale=code)


@cache
def _translations(code: str) -> NullTranslations:
    if code == ENGLISH:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(code))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)
