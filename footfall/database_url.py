"""Where the visits are kept."""

from footfall.secret_url import SecretUrl


class DatabaseUrl(SecretUrl):
    """``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``."""

    __slots__ = ()
