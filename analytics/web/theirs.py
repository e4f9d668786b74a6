"""Stores that are named in a query: they are asked for one by one, as those in a path are by the guard."""

from collections.abc import Sequence

from fastapi import Request
from starlette.exceptions import HTTPException

from analytics.access.guard import principal_of
from analytics.settings import StoreSettings
from analytics.web.context import WebContext
from schemas.errors import InputError


def settings_of_theirs(request: Request, context: WebContext, store_ids: Sequence[str]) -> list[StoreSettings]:
    """Return the settings of stores that whoever asks may see.

    Raises HTTPException 403 for a store that is not theirs, whether it is there or not, UnknownStore for one of theirs
    that is not there.
    """
    principal = principal_of(request)
    for store_id in store_ids:
        if principal is None or not principal.may_see(store_id):
            who = "nobody" if principal is None else principal.name
            raise HTTPException(403, f"this store is not one of those of {who}: ask an admin for it")
    return context.settings_of_each(list(dict.fromkeys(store_ids)))


def require_records(context: WebContext, stores: Sequence[StoreSettings]) -> None:
    """Raise InputError for a store of which nothing was recorded, without naming others."""
    recorded = set(context.repository.stores())
    for settings in stores:
        if settings.store_id not in recorded:
            raise InputError(f"store {settings.store_id}: nothing was recorded there yet")
