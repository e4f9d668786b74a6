"""A guide as what it tells somebody to do: commands, and steps on pages, read from the document itself.

Steps are the numbered lists of the document, and a sentence that is no step anybody could follow is an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ITEM = re.compile(r"\d+\. ")
_CODE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
_PICTURE = re.compile(r"!\[[^]]+\]\(([^)]+)\)")
_MARGIN = "   "


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do, or to see; ``where`` is a label on the page, ``what`` is typed, chosen, run or read there."""

    kind: str
    what: str
    where: str = ""


_SENTENCES = {
    "run": re.compile(r"In (?:a|another) terminal, run:"),
    "open": re.compile(r"Open <(?P<what>\S+)>\."),
    "press": re.compile(r"Press \*\*(?P<what>.+?)\*\*\."),
    "tick": re.compile(r"Tick \*\*(?P<what>.+?)\*\*\."),
    "type": re.compile(r"Type `(?P<what>.+?)` into \*\*(?P<where>.+?)\*\*\."),
    "read": re.compile(r"The page says “(?P<what>.+?)”\."),
    "print": re.compile(r"It prints `(?P<what>.+?)`\."),
    "picture": re.compile(r"<picture (?P<what>\S+)>"),
}


def steps_of(document: Path) -> Iterator[Step]:
    """Yield the steps of a guide, in order. Raises AssertionError for a sentence that is no step."""
    for item in _items(document.read_text(encoding="utf-8")):
        commands = _CODE.findall(item)
        told = _PICTURE.sub(r"<picture \1>", _CODE.sub("", item))
        rest = " ".join(told.split())
        while rest:
            kind, found = next(
                ((kind, found) for kind, form in _SENTENCES.items() if (found := form.match(rest))), ("", None)
            )
            assert found is not None, f"{document.name}: this is no step that a test can follow: {rest}"
            groups = found.groupdict()
            what = commands.pop(0).strip() if kind == "run" else groups["what"]
            yield Step(kind=kind, what=what, where=groups.get("where", ""))
            rest = rest[found.end() :].lstrip()
        assert not commands, f"{document.name}: nobody is told to run {commands}"


def _items(text: str) -> Iterator[str]:
    """Yield each item of the numbered lists, without its number and margin."""
    item: list[str] | None = None
    for line in [*text.splitlines(), "end"]:
        if begins := _ITEM.match(line):
            if item is not None:
                yield "\n".join(item)
            item = [line[begins.end() :]]
        elif item is not None and (not line or line.startswith(_MARGIN)):
            item.append(line[len(_MARGIN) :])
        elif item is not None:
            yield "\n".join(item)
            item = None
