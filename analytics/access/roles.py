"""Who somebody is to the program, and which stores are theirs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import InputError

LONGEST_NAME = 64


class Role(StrEnum):
    """What somebody does in the shop, or a program for it."""

    MANAGER = "manager"
    CASHIER = "cashier"
    OPERATOR = "operator"
    ADMIN = "admin"
    RECOGNITION = "recognition"
    TILL = "till"


OF_PEOPLE = frozenset(Role) - {Role.RECOGNITION, Role.TILL}
"""The roles a user may have; a key may have any."""

OF_STORES = frozenset({Role.MANAGER, Role.CASHIER, Role.TILL})
"""The roles that may be of some stores alone; the others are of the whole chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever asks, once it is known who that is. ``stores`` None means every store, also those to come.

    ``is_key`` tells a program that came with a key.
    """

    name: str
    role: Role
    stores: frozenset[str] | None
    is_key: bool = False

    def may_see(self, store_id: str) -> bool:
        """Tell whether a store is theirs."""
        return self.stores is None or store_id in self.stores

    def seen_of(self, store_ids: Iterable[str]) -> list[str]:
        """Return those of some stores that are theirs, in the order given."""
        return [store_id for store_id in store_ids if self.may_see(store_id)]


HERE = Principal(name="this machine", role=Role.ADMIN, stores=None)
"""Whoever sits at the machine on which the page is shown to nobody else."""


def stores_for(role: Role, stores: Iterable[str], *, every_store: bool) -> frozenset[str] | None:
    """Return the stores of somebody new; None for every store. Raises InputError for what the role cannot have."""
    named = frozenset(stores)
    if role not in OF_STORES:
        if named:
            raise InputError(f"the role {role} is of the whole chain: name no store for it")
        return None
    if every_store == bool(named):
        raise InputError(f"a {role} is of some stores: name them with --store, or say --every-store")
    return None if every_store else named


def require_name(name: str) -> None:
    """Raise InputError for a name that cannot be typed, or read on a page, as one word or a few."""
    if not name.isprintable() or name != name.strip() or not 1 <= len(name) <= LONGEST_NAME:
        raise InputError(f"{name!r} is no name: give one of 1 to {LONGEST_NAME} characters that can be seen")
