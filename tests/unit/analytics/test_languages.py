"""What pages say, in every language there is."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment
from visitors_on_paper import utc

from analytics.presentation.language import LANGUAGES, _, language, later, plural, preferred, speaking
from analytics.presentation.page import environment
from analytics.presentation.wording import day_text, duration_text, number_text, share_text, weekday_text
from scripts.catalogue import ANALYTICS, kept, lacking, texts

OTHERS = [code for code in LANGUAGES if code != "en"]
TEMPLATES = sorted((ANALYTICS / "presentation" / "templates").iterdir())
SAID_BY_ATTRIBUTES = re.compile(r'(?:title|aria-label|placeholder|alt)="([^"]*)"')
OWN_NAMES = {"Foot", "fall", "Footfall", "· Footfall"}


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w+)}|%\((\w+)\)s", text))


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_has_words_in_every_language_and_no_words_are_left_over(code: str):
    catalogue = kept(ANALYTICS / "locale" / code / "LC_MESSAGES" / "footfall.po")
    said = {text for text, _where in texts()}
    assert said - {message.id for message in catalogue} == set(), "run `make texts`, and write the words"
    assert {message.id for message in catalogue if message.id} - said == set(), "run `make texts`"
    assert lacking(catalogue) == []


@pytest.mark.parametrize("code", OTHERS)
def test_words_take_up_what_the_text_puts_in(code: str):
    for message in kept(ANALYTICS / "locale" / code / "LC_MESSAGES" / "footfall.po"):
        if message.id:
            text = message.id if isinstance(message.id, str) else message.id[-1]
            words = message.string if isinstance(message.string, str) else message.string[0]
            assert placeholders(words) == placeholders(text), text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_nothing_that_is_not_in_the_catalogue(path: Path):
    assert unmarked(path.read_text(encoding="utf-8")) == []


def test_text_that_is_not_marked_is_found():
    assert unmarked("<p>Hello {{ name }}</p>") == ["Hello"]
    assert unmarked('<a title="Go there">{{ _("there") }}</a>') == ["Go there"]
    assert unmarked("<p>{% trans %}Hello{% endtrans %} <code>footfall run</code></p>") == []


def unmarked(source: str) -> list[str]:
    """Return the texts of a template that it says as they stand there."""
    html, translated = "", False
    for _line, kind, value in environment().lex(source):
        if kind == "name" and value in ("trans", "endtrans"):
            translated = value == "trans"
        elif kind == "data" and not translated:
            html += value
        elif kind.endswith("_begin") and kind != "raw_begin" and html.count("<") == html.count(">"):
            html += "<>"  # what stands before an expression and behind it are two texts
    html = re.sub(r"<(code|style|script)\b.*?</\1>", "", html, flags=re.DOTALL)
    found = SAID_BY_ATTRIBUTES.findall(html) + re.split(r"<[^>]*>", html)
    words = (text.strip() for text in found)
    return [text for text in words if re.search(r"[^\W\d_]{2}", text) and text not in OWN_NAMES]


def test_what_is_said_follows_the_language_spoken():
    assert _("Show as table") == "Show as table"
    with speaking("zh"):
        assert language() == "zh"
        assert _("Show as table") == "显示为表格"
        assert _("no such text at all") == "no such text at all"
        assert plural("{count} visit", "{count} visits", 1200) == "1,200 人次"
    assert plural("{count} visit", "{count} visits", 1) == "1 visit"
    assert plural("{count} visit", "{count} visits", 1200) == "1,200 visits"
    assert later("Store") == "Store"


def test_dates_and_numbers_follow_it_too():
    day = utc("2026-05-04 12:00").date()
    assert (day_text(day), weekday_text(0), weekday_text(0, short=True)) == ("Mon 4 May 2026", "Monday", "Mon")
    assert (number_text(12345), share_text(0.953), duration_text(200)) == ("12,345", "95.3\u202f%", "3 min 20 s")
    with speaking("zh"):
        assert (day_text(day), weekday_text(0)) == ("2026年5月4日 周一", "星期一")
        assert (number_text(12345), share_text(0.953), duration_text(200)) == ("12,345", "95.3%", "3 分 20 秒")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("de-DE,de;q=0.9,en;q=0.5,zh;q=0.4", "en"),
        ("fr", "en"),
        ("zh;q=0, en", "en"),
        ("zh;q=much", "en"),
    ],
)
def test_a_browser_is_answered_in_the_best_language_it_names(asked: str, code: str):
    assert preferred(asked) == code


def test_templates_escape_what_is_put_into_a_text():
    made: Environment = environment()
    said = made.from_string('{{ _("Store {store}", store=name) }}').render(name="<b>")
    assert said == "Store &lt;b&gt;"
