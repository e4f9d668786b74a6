"""What a matcher knows of one partition of crops, from when it is given it until it is taken away."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from matcher.gallery import Gallery
from matcher.id_index import IdIndex, folded
from matcher.presence import Presence
from schemas.messages import IdentityEvent, Sighting, Template

_CONCLUSIONS = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """All that follows from one crop event. Its own sighting is the last."""

    sightings: tuple[Sighting, ...]
    templates: tuple[Template, ...] = ()
    ledger: tuple[IdentityEvent, ...] = ()


class PartitionState:
    """Which crop events are settled or concluded, which templates wait, and the galleries of the stores.

    ``settled`` are the events whose sightings are in the log. ``undecided`` are templates whose crop event was not
    committed when the partition was given: each comes into force when that event is delivered again, and not before, so
    that the events ahead of it meet the gallery they met the first time. ``new_gallery`` enters in ``galleries``, when
    a store is first asked for, what the log holds of it without them; ``expect`` is told what is concluded here.
    ``presence`` is what the sightings in the log say of who was there lately; what is concluded here is added to it.
    """

    def __init__(
        self,
        *,
        settled: IdIndex,
        undecided: Iterable[Template],
        new_gallery: Callable[[str], None],
        expect: Callable[[Iterable[Template], Iterable[Sighting]], None] = lambda _templates, _sightings: None,
        presence: Presence,
    ) -> None:
        self._settled = settled
        self._undecided = {template.event_id: template for template in undecided}
        self._new_gallery = new_gallery
        self._expect = expect
        self._concluded: OrderedDict[UUID, Conclusion] = OrderedDict()
        self._passed: set[int] = set()
        self.galleries: dict[str, Gallery] = {}
        self.presence = presence

    def is_fresh(self, event_id: UUID) -> bool:
        """Whether nothing has been concluded about a crop event yet."""
        key = folded(event_id)
        return event_id not in self._concluded and key not in self._passed and self._settled.get(key) is None

    def conclusion(self, event_id: UUID) -> Conclusion | None:
        """Return what was concluded about a crop event here, and lately."""
        return self._concluded.get(event_id)

    def decided_before(self, event_id: UUID) -> Template | None:
        """Return, once, the template of an event that was in the log already when the process died."""
        return self._undecided.pop(event_id, None)

    def undecided(self) -> list[Template]:
        """Return the templates that wait for their event."""
        return list(self._undecided.values())

    def concluded(self) -> list[Template]:
        """Return the templates that were concluded here lately."""
        return [template for conclusion in self._concluded.values() for template in conclusion.templates]

    def gallery(self, store_id: str) -> Gallery:
        """Return the gallery of a store."""
        if store_id not in self.galleries:
            self._new_gallery(store_id)
        return self.galleries[store_id]

    def conclude(self, event_id: UUID, conclusion: Conclusion) -> None:
        """Remember a conclusion, so that the event, delivered again, gets the very same."""
        self._concluded[event_id] = conclusion
        self._expect(conclusion.templates, conclusion.sightings)
        for sighting in conclusion.sightings:
            self.presence.saw(sighting)
        if len(self._concluded) > _CONCLUSIONS:
            forgotten, _ = self._concluded.popitem(last=False)
            self._passed.add(folded(forgotten))
        if len(self._passed) > _CONCLUSIONS:
            self._passed = {key for key in self._passed if self._settled.get(key) is None}
