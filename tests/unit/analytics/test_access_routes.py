"""Every route, asked by everybody for their own and for a foreign store, beside the one table of who may."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from access_site import FOREIGN, OWN, Site, access_site
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from analytics.access.permissions import BY_PEOPLE_ALONE, MOUNTED, OPEN, ROLES
from analytics.access.roles import OF_PEOPLE, OF_STORES, Role


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with access_site(tmp_path) as opened:
        yield opened


def routes(site: Site) -> list[str]:
    """Every route of the application as the table names it."""
    return [
        f"{method} {context.path}"
        for context in iter_route_contexts(site.app.routes)
        if not isinstance(context.route, Mount)
        for method in sorted((context.methods or set()) - {"HEAD"})
    ]


def ask(site: Site, route: str, store: str, headers: dict[str, str]):
    method, path = route.split(" ", 1)
    path = path.replace("{store_id}", store).replace("{webhook_id}", "abcd1234")
    path = path.replace("{arrival_id}", str(UUID(int=1))).replace("{candidate_id}", str(UUID(int=1)))
    path = path.replace("{camera_id}", "door")
    assert "{" not in path, f"{route}: this test does not know what to ask for"
    return site.client.request(method, path, headers=headers)


def test_the_table_names_every_route_and_no_other(site: Site):
    assert sorted(routes(site)) == sorted({*ROLES, *OPEN})


def test_nothing_is_mounted_that_the_table_does_not_name(site: Site):
    mounted = {route.path for route in site.app.routes if isinstance(route, Mount)}
    assert "/static" in mounted <= MOUNTED


def test_nobody_known_is_answered_by_the_open_routes_alone(site: Site):
    for headers in ({}, {"cookie": "footfall_session=none"}, {"x-api-key": "none"}, {"x-api-key": "footfall_ab_cd"}):
        answers = {route: ask(site, route, OWN, headers).status_code for route in routes(site)}
        assert {route for route, status in answers.items() if status not in (401, 403)} == OPEN
        assert {status for route, status in answers.items() if route not in OPEN} == {401}


@pytest.mark.parametrize(
    ("role", "by"), [*((role, "session") for role in sorted(OF_PEOPLE)), *((role, "key") for role in Role)]
)
def test_a_role_is_answered_what_the_table_says_and_no_store_but_its_own(site: Site, role: Role, by: str):
    if by == "session":
        site.add_user("anna", role)
    _, key = site.key(role)
    for route in routes(site):
        for store in (OWN, FOREIGN):
            # Anew each time: one of the routes ends the session.
            answer = ask(site, route, store, site.session("anna") if by == "session" else key)
            foreign = store == FOREIGN and role in OF_STORES and "{store_id}" in route
            granted = route in OPEN or (
                role in ROLES[route] and not foreign and not (by == "key" and route in BY_PEOPLE_ALONE)
            )
            assert (answer.status_code not in (401, 403)) == granted, (route, store, answer.status_code)
            if role in OF_STORES and not foreign:
                assert FOREIGN not in answer.text, (route, store)


def test_of_a_store_that_is_not_there_whoever_has_it_hears_of_no_other(site: Site):
    site.add_user("anna", Role.ADMIN)
    assert FOREIGN in site.client.get("/stores/none", headers=site.session("anna")).text
    _, key = site.key(Role.MANAGER)
    answer = site.client.get("/stores/none", headers=key)
    assert (answer.status_code, FOREIGN in answer.text) == (403, False)
