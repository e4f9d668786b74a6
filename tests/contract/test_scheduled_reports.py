"""Reports that are sent by themselves, through a real mail server: each period once, also after an outage."""

import base64
import email
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from pydantic import ValidationError
from services.common import free_port
from standardwebhooks import Webhook as Verifier
from test_visit_repository import sqlite_url
from visitors_on_paper import seen, utc, watched
from webhook_receiver import receiver

from analytics.outbound.delivery import Webhook
from analytics.outbound.events import EventKind
from analytics.outbound.outbox import LEASE
from analytics.outbound.schedule import Every, Scheduled, last_period
from analytics.outbound.signatures import new_secret
from analytics.records.repository import VisitRepository
from analytics.reports.file_format import FileFormat
from analytics.settings import StoreSettings
from footfall.config import Settings
from footfall.outgoing import Outgoing

NewUrl = Callable[[], AbstractContextManager[str]]
# The server is this machine's alone.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
PASSWORD = "four words of mine"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    return sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")


class MailServer:
    """A mail server of this machine that keeps what it takes, or refuses it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"
        self.controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), auth_required=True, auth_require_tls=False,
            authenticator=lambda _server, _session, _envelope, _mechanism, data: AuthResult(
                success=(data.login, data.password) == (b"footfall", PASSWORD.encode()), handled=False
            ),
        )  # fmt: skip

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        if self.answer.startswith("250"):
            self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return self.answer


@pytest.fixture
def server() -> Iterator[MailServer]:
    made = MailServer()
    made.controller.start()
    yield made
    made.controller.stop()


class Shop:
    def __init__(self, url: str, server: MailServer, folder: object, schedule: list[dict]) -> None:
        self.now = utc("2026-05-11 04:00")
        self.repository = VisitRepository(url, lambda one: StoreSettings(store_id=one, zone="Europe/Berlin"))
        self.repository.record(
            [seen(day, f"2026-05-{day:02} 09:00:00", store=store) for day in range(4, 12) for store in ("a", "b")],
            [watched("2026-05-04 08:00", "2026-05-11 08:00", store=store) for store in ("a", "b")],
        )
        self.settings = Settings(
            data_dir=folder,
            mail={
                "host": "127.0.0.1", "port": server.controller.port, "security": "none", "user": "footfall",
                "password": PASSWORD, "sender": "footfall@shop.example",
            },
            webhooks={"allow": ["127.0.0.1"]},
            reports={"schedule": schedule},
        )  # fmt: skip

    def turn(self, at: str | None = None) -> None:
        self.now = self.now if at is None else utc(at)
        outgoing = Outgoing(self.settings, self.repository, now=lambda: self.now)
        outgoing.look()
        while outgoing.courier.turn():
            outgoing.courier.finish()
        outgoing.courier.close()


def test_a_week_is_mailed_once_when_it_is_over(new_url: NewUrl, server: MailServer, tmp_path):
    weekly = {"name": "week", "stores": ["a"], "to": "anna@shop.example", "format": "csv"}
    with new_url() as url:
        shop = Shop(url, server, tmp_path, [weekly])
        shop.turn("2026-05-11 04:59")
        assert server.mails == [], "in Berlin it is not yet seven"
        for at in ("2026-05-11 05:00", "2026-05-11 05:01", "2026-05-14 12:00"):
            shop.turn(at)
        (mail,) = server.mails
        assert (mail["From"], mail["To"]) == ("footfall@shop.example", "anna@shop.example")
        assert mail["Subject"] == "Footfall, a: 2026-05-04 to 2026-05-10"
        (attached,) = mail.iter_attachments()
        assert attached.get_filename() == "report-2026-05-04-2026-05-10.csv"
        assert len(attached.get_content().splitlines()) == 8
        assert "never add it" in mail.get_body().get_content()
        shop.turn("2026-05-19 12:00")
        assert [one["Subject"] for one in server.mails][1:] == ["Footfall, a: 2026-05-11 to 2026-05-17"]
        assert shop.repository.outbox.attempts(9)[0].target == "mailto:anna@shop.example"
        shop.repository.close()


def test_a_mail_server_that_is_away_is_tried_again_and_the_file_is_the_one_that_it_was(
    new_url: NewUrl, server: MailServer, tmp_path
):
    daily = {"name": "day", "every": "day", "to": "anna@shop.example", "format": "json", "stores": ["a"]}
    with new_url() as url:
        shop = Shop(url, server, tmp_path, [daily])
        server.answer = "451 try later"
        shop.turn("2026-05-11 05:00")
        assert shop.repository.outbox.attempts(1)[0].problem == "the mail server answered 451"
        shop.repository.record([seen(77, "2026-05-10 10:00:00", store="a")])
        server.answer = "250 OK"
        shop.turn("2026-05-11 06:00")
        (attached,) = server.mails[0].iter_attachments()
        assert json.loads(attached.get_content())["pv"] == 1
        assert server.mails[0]["Message-ID"].startswith("<msg_")
        shop.repository.close()


def test_a_webhook_is_sent_the_file_of_all_stores(new_url: NewUrl, server: MailServer, tmp_path):
    with new_url() as url, receiver() as told:
        daily = {"name": "day", "every": "day", "webhook": "abcd1234", "format": "xlsx", "at": "00:00"}
        shop = Shop(url, server, tmp_path, [daily])
        hook = Webhook(
            webhook_id="abcd1234", url=told.url, secret=new_secret(), events=frozenset({EventKind.ARRIVAL}),
            stores=None, made_at=shop.now,
        )  # fmt: skip
        shop.repository.webhooks.add(hook, by="test")
        shop.turn("2026-05-11 04:00")
        shop.turn(str(shop.now.replace(tzinfo=None) + LEASE))
        (one,) = told.received
        sent_at = datetime.fromtimestamp(int(one.headers["webhook-timestamp"]), shop.now.tzinfo)
        assert one.headers["webhook-signature"] == Verifier(hook.secret).sign(
            one.message_id, sent_at, one.body.decode()
        )
        data = json.loads(one.body)["data"]
        assert (data["stores"], data["from"], data["to"]) == (["a", "b"], "2026-05-10", "2026-05-10")
        assert base64.b64decode(data["file"]["base64"]).startswith(b"PK")
        shop.repository.close()


def test_a_wrong_password_is_said_without_it(new_url: NewUrl, server: MailServer, tmp_path):
    with new_url() as url:
        shop = Shop(url, server, tmp_path, [{"name": "week", "to": "anna@shop.example"}])
        mail = shop.settings.mail.model_copy(update={"user": "somebody"})
        shop.settings = shop.settings.model_copy(update={"mail": mail})
        shop.turn("2026-05-11 05:00")
        (attempt,) = shop.repository.outbox.attempts(9)
        assert attempt.problem == "the mail server answered 535"
        assert PASSWORD not in repr(shop.settings)
        shop.repository.close()


@pytest.mark.parametrize(
    ("now", "every", "due"),
    [
        ("2026-05-11 04:59", Every.WEEK, None),
        ("2026-05-11 05:00", Every.WEEK, ("2026-05-04", "2026-05-10")),
        ("2026-05-17 23:00", Every.WEEK, None),
        ("2026-05-17 21:00", Every.WEEK, ("2026-05-04", "2026-05-10")),
        ("2026-05-11 05:00", Every.DAY, ("2026-05-10", "2026-05-10")),
        ("2026-03-29 05:00", Every.DAY, ("2026-03-28", "2026-03-28")),
    ],
)
def test_a_period_is_due_at_its_time_by_the_clock_of_its_store(now: str, every: Every, due: tuple[str, str] | None):
    one = Scheduled(name="x", every=every, stores=(), form=FileFormat.PDF, at=time(7), target="mailto:a@b")
    found = last_period(one, [StoreSettings(store_id="a", zone="Europe/Berlin")], utc(now))
    assert (None if found is None else tuple(map(str, found))) == due


def test_a_period_is_due_once_it_is_over_in_every_store():
    one = Scheduled(name="x", every=Every.DAY, stores=(), form=FileFormat.PDF, at=time(0), target="mailto:a@b")
    stores = [StoreSettings(store_id="a", zone="Asia/Shanghai"), StoreSettings(store_id="b", zone="America/New_York")]
    over = utc("2026-05-11 04:00")
    assert last_period(one, stores, over - timedelta(seconds=1)) is None
    assert last_period(one, stores, over) is not None


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ({"name": "x"}, "either to"),
        ({"name": "x", "to": "a@b", "webhook": "c"}, "either to"),
        ({"name": "x", "to": "nobody"}, "one mailbox"),
        ({"name": "x", "to": "a@b\nBcc: c@d"}, "one mailbox"),
        ({"name": "x", "to": "a@b"}, "mail.host is not set"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_the_start(schedule: dict, says: str, tmp_path):
    with pytest.raises(ValidationError, match=says):
        Settings(data_dir=tmp_path, reports={"schedule": [schedule]})
