"""Where the tags of members are asked for."""

from footfall.secret_url import SecretUrl


class TagsUrl(SecretUrl):
    """An http:// or https:// address, with {member} in place of the member's id."""

    __slots__ = ()
