"""What may be a tag of a member."""

import pytest

from schemas.errors import InputError
from schemas.member_tags import checked_tags, tags_in


def test_tags_are_kept_without_blanks_each_once_in_their_order():
    assert checked_tags([" likes tea", "gold", "likes tea ", "張三"]) == ("likes tea", "gold", "張三")
    assert checked_tags([]) == ()
    assert checked_tags(["caf\u00e9", "cafe\u0301"]) == ("caf\u00e9",)
    assert len(checked_tags(["x" * 64, *map(str, range(19)), "0"])) == 20


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        ([" "], "is empty"),
        (["x" * 65], "longer than 64"),
        (["a\nb"], "control characters"),
        (["a\x7f"], "control characters"),
        (["a\udc80"], "control characters"),
        (["a\u2028b"], "control characters"),
        (["gold\u202e"], "control characters"),
        (["\u200b"], "is empty"),
        (["Li, Wei"], "holds a comma: make two tags of it"),
        (["张，三"], "holds a comma"),
        (map(str, range(21)), "21 tags are too many"),
    ],
)
def test_what_is_no_tag_is_refused_with_what_to_do(tags: list[str], says: str):
    with pytest.raises(InputError, match=says):
        checked_tags(tags)


def test_tags_that_were_typed_in_one_line_are_parted_at_commas_of_either_script():
    assert checked_tags(tags_in(" gold, likes tea，, 張三 ")) == ("gold", "likes tea", "張三")
    assert tags_in(" , ") == []
