"""What may be a tag of a member."""

import pytest

from schemas.errors import InputError
from schemas.member_tags import checked_tags


def test_tags_are_kept_without_blanks_each_once_in_their_order():
    assert checked_tags([" likes tea", "gold", "likes tea ", "張三"]) == ("likes tea", "gold", "張三")
    assert checked_tags([]) == ()
    assert len(checked_tags(["x" * 64, *map(str, range(19)), "0"])) == 20


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        ([" "], "is empty"),
        (["x" * 65], "longer than 64"),
        (["a\nb"], "control characters"),
        (["a\x7f"], "control characters"),
        (["\udc80"], "control characters"),
        (map(str, range(21)), "21 tags are too many"),
    ],
)
def test_what_is_no_tag_is_refused_with_what_to_do(tags: list[str], says: str):
    with pytest.raises(InputError, match=says):
        checked_tags(tags)
