"""A source of visits that is asked once for what every store of a chain would ask again."""

from functools import cache

from analytics.visit_source import VisitSource


class AskedOnce:
    """What another ``VisitSource`` tells, for as long as one report, or a few beside each other, are made.

    Who is staff, which stores there are and since when each is known is asked for with every store, and is the same.
    """

    def __init__(self, source: VisitSource) -> None:
        self.stores = cache(source.stores)
        self.span = cache(source.span)
        self.staff = cache(source.staff)
        self.static = cache(source.static)
        self.error_rates = cache(source.error_rates)
        self.columns = source.columns
        self.unique_visitors = source.unique_visitors
        self.first_visits = source.first_visits
        self.watched = source.watched
        self.transactions = source.transactions
