"""Which keys the recognition service takes: the one that is set, and those made for it."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from app_client import AppClient

from analytics.access.accounts import Key
from analytics.access.roles import Role
from analytics.access.tokens import new_key
from footfall.config_loading import load_settings
from footfall.databases import open_repository
from footfall.recognition import Recognition
from footfall.wiring import utc_now

SET = "a key of sixteen characters"


@pytest.mark.parametrize("key_is_set", [True, False])
def test_beyond_this_machine_a_key_of_its_role_is_taken_and_that_which_is_set(tmp_path: Path, key_is_set: bool):
    settings = load_settings(None, data_dir=str(tmp_path), **({"api": {"key": SET}} if key_is_set else {}))
    with closing(open_repository(settings)) as repository:
        made = {}
        for role in Role:
            made[role], now = new_key(), utc_now()
            key = Key(
                key_id=made[role].key_id, name="x", role=role, stores=None, made_at=now,
                expires_at=now + timedelta(days=1),
            )  # fmt: skip
            repository.access.accounts.add_key(key, made[role], by="test")
        # What comes before the first picture needs neither networks nor log.
        recognition = Recognition(settings, None, None, repository=lambda: repository)
        client = AppClient(recognition.api(beyond_this_machine=True), base_url="http://shop.example")

        def admitted(sent: str) -> bool:
            return client.post("/recognize", content=b"x", headers={"x-api-key": sent}).status_code == 503

        assert {role for role in Role if admitted(made[role].text)} == {Role.RECOGNITION}
        assert admitted(SET) == key_is_set
        assert not admitted("")
        repository.access.accounts.revoke_key(made[Role.RECOGNITION].key_id, by="test", at=utc_now())
        assert not admitted(made[Role.RECOGNITION].text)
