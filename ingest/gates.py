"""The quality gates: which crops are worth an embedding, and why the others are not."""

from dataclasses import dataclass, replace

from faces.quality import Fault, Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """The least a crop must have; units as in ``faces.quality.Quality``.

    ``min_score`` belongs to the detector of a pack, ``min_size_px`` to what it finds at all; of whatever else can be
    wrong with a crop the score is the judge.
    """

    min_score: float = 0.7
    min_size_px: float = 36.0
    min_quality: float = 0.2

    def refuse(self, quality: Quality) -> Fault | None:
        """Return what is wrong with a crop that does not pass, None for one that does."""
        if not quality.certainty >= self.min_score:
            return Fault.LOW_SCORE
        if not quality.size_px >= self.min_size_px:
            return Fault.TOO_SMALL
        if not quality.score >= self.min_quality:
            return quality.worst
        return None

    def refuse_only_the_turn(self, quality: Quality) -> bool:
        """Whether a crop would pass if only the head were not turned."""
        return self.refuse(quality) is Fault.TURNED_AWAY and self.refuse(replace(quality, yaw=0.0)) is None
