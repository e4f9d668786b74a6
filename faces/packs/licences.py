"""What a licence allows, as far as its words tell, and what an operator must take upon himself."""

import re

from faces.errors import ModelError

_NON_COMMERCIAL = re.compile(
    r"non[- _]?commercial|\bnc\b|research[- ](only|use|purposes?)|academic|not for (sale|commerce|commercial)",
    re.IGNORECASE,
)
_UNSTATED = re.compile(r"\s*|none|unknown|unstated|not stated|n/?a|\?+|other", re.IGNORECASE)

UNSTATED = "no stated licence"
NON_COMMERCIAL = "non-commercial use only"


def require_accepted(name: str, licence: str, *, unstated: bool, non_commercial: bool) -> tuple[str, ...]:
    """Return what the operator accepted; raises ModelError where he did not and has to."""
    if _UNSTATED.fullmatch(licence):
        if not unstated:
            raise ModelError(
                f"pack {name}: its manifest states no licence, and what is not licensed may not be used: find it out "
                'and write it down as licence = "…", or take that upon yourself with --accept-unstated-licence'
            )
        return (UNSTATED,)
    if _NON_COMMERCIAL.search(licence):
        if not non_commercial:
            raise ModelError(
                f"pack {name}: its licence, {licence}, does not allow use in trade, and counting the visitors of a "
                "shop is that: choose another pack, or, where yours is no shop, say so with --accept-non-commercial"
            )
        return (NON_COMMERCIAL,)
    return ()
