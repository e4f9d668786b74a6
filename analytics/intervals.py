"""Intervals of time as columns, many of them at once. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from analytics.business_time import Interval
from analytics.visit_columns import Integers, moment_of, us_of


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """From when until when, in microseconds since 1970: columns of equal length."""

    began_us: Integers
    ended_us: Integers

    @classmethod
    def of(cls, intervals: Iterable[Interval]) -> "Intervals":
        """Return pairs of moments as columns."""
        edges = np.array([(us_of(one), us_of(other)) for one, other in intervals], dtype=np.int64).reshape(-1, 2)
        return cls(edges[:, 0], edges[:, 1])

    @classmethod
    def together(cls, *parts: "Intervals") -> "Intervals":
        """Return those of several, one after the other."""
        return cls(np.concatenate([part.began_us for part in parts]), np.concatenate([part.ended_us for part in parts]))

    def united(self) -> "Intervals":
        """Return disjoint intervals that cover the same time, oldest first; those that touch are one."""
        lasting = self.ended_us > self.began_us
        began_us, ended_us = self.began_us[lasting], self.ended_us[lasting]
        if (began_us[1:] < began_us[:-1]).any():
            order = np.argsort(began_us)
            began_us, ended_us = began_us[order], ended_us[order]
        reached_us = np.maximum.accumulate(ended_us)
        opens = np.ones(len(began_us), dtype=np.bool_)
        opens[1:] = began_us[1:] > reached_us[:-1]
        closes = np.append(opens[1:], True)[: len(opens)]
        return Intervals(began_us[opens], reached_us[closes])

    def common(self, others: "Intervals") -> "Intervals":
        """Return the time that lies in both of two that are united, oldest first."""
        first = np.searchsorted(others.ended_us, self.began_us, side="right")
        last = np.searchsorted(others.began_us, self.ended_us, side="left")
        number = last - first
        mine = np.repeat(np.arange(len(first)), number)
        theirs = np.arange(len(mine)) + np.repeat(first - (np.cumsum(number) - number), number)
        return Intervals(
            np.maximum(self.began_us[mine], others.began_us[theirs]),
            np.minimum(self.ended_us[mine], others.ended_us[theirs]),
        )

    def until(self, us: int) -> "Intervals":
        """Return what of them lies before a moment; one that begins later is empty."""
        return Intervals(np.minimum(self.began_us, us), np.minimum(self.ended_us, us))

    def moments(self) -> list[Interval]:
        """Return them as pairs of moments."""
        edges = zip(self.began_us.tolist(), self.ended_us.tolist(), strict=True)
        return [(moment_of(began_us), moment_of(ended_us)) for began_us, ended_us in edges]

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self.began_us)
