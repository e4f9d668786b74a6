"""Ids that follow from what they are of: the same in every process, version and language."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from schemas import ids

ROOT = UUID("6f6f7466-616c-5c21-8a3d-0f00fa11c0de")
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)


@given(store_id=st.text(max_size=40), face_id=st.uuids(), at=st.datetimes(timezones=st.just(UTC)))
def test_an_id_is_the_version_5_uuid_that_anybody_else_would_reckon(store_id: str, face_id: UUID, at: datetime) -> None:
    name = f"{store_id}\x1f{face_id}\x1f{at.isoformat()}"
    assert ids.visit_id(store_id, face_id, at) == uuid5(uuid5(ROOT, "visit"), name)
    assert ids.sighting_id(face_id) == uuid5(uuid5(ROOT, "sighting"), str(face_id))
    assert ids.minted_face_id(face_id).version == 5


def test_ids_are_those_of_every_version_before() -> None:
    track = ids.track_id("shop", "door", AT, 1)
    assert str(track) == "1b83a9e3-411d-5ed2-bbb0-c562a292c98c"
    assert str(ids.crop_event_id(track, "confirmed")) == "9e438370-c073-5fb3-84d1-33d94fcd23d4"
    assert str(ids.template_id(track)) == "d384a709-3d13-5b4f-b884-ace8c8c5de8d"
    assert str(ids.coverage_id("shop", "door", AT, "seen")) == "0431f41f-febf-531d-9ab3-d3af72f1f2ec"
