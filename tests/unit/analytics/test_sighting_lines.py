"""What the live list says of a sighting."""

from dataclasses import replace

import pytest
from visitors_on_paper import face, seen

from analytics.records.repository import SightingChange
from analytics.settings import StoreSettings
from analytics.web.sighting_lines import sighting_line
from schemas.messages import Decision, Phase

SHOP = StoreSettings(store_id="shop", zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("sighting", "kind", "face"),
    [
        (seen(1, "2026-05-04 07:00:05", phase=Phase.PROVISIONAL), "provisional", 8),
        (seen(1, "2026-05-04 07:00:05"), "known", 8),
        (seen(None, "2026-05-04 07:00:05"), "rejected", 1),
    ],
)
def test_a_sighting_is_one_line_in_local_time(sighting, kind, face):
    line = sighting_line(SightingChange(change=3, sighting=sighting, visitor=sighting.face_id), SHOP)
    assert (line.at, line.day, line.kind, len(line.face)) == ("09:00:05", "2026-05-04", kind, face)


def test_a_line_names_whom_the_sighting_counts_to_now():
    minted = replace(seen(2, "2026-05-04 07:00:05"), decision=Decision.MINTED)
    merged = sighting_line(SightingChange(change=3, sighting=minted, visitor=face(1)), SHOP)
    assert (merged.face_id, merged.word) == (str(face(1)), "seen before")
    nobody = sighting_line(SightingChange(change=3, sighting=minted, visitor=None), SHOP)
    assert (nobody.face, nobody.face_id) == ("–", "")
