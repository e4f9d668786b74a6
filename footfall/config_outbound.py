"""The settings of what leaves by itself: webhooks, mail, reports by a timetable."""

from datetime import time, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from analytics.outbound.delivery import MAIL_TARGET
from analytics.outbound.mail_server import MailServer, Security
from analytics.outbound.patience import Patience
from analytics.outbound.reach import Reach
from analytics.outbound.schedule import Every, Scheduled
from analytics.reports.file_format import FileFormat
from footfall.config_group import Group, Name, clock_time


def _mailbox(address: str) -> str:
    name, at, host = address.rpartition("@")
    if not (name and at and host) or not address.isprintable() or any(letter in address for letter in " ,;<>"):
        raise ValueError("should be one mailbox, such as anna@shop.example")
    return address


def _networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    for network in networks:
        try:
            Reach.of([network])
        except ValueError as error:
            raise ValueError(f"{network!r} is no network: write it as 10.0.0.0/8, or a single address") from error
    return networks


class Webhooks(Group):
    """What is sent to receivers of events."""

    allow: Annotated[tuple[str, ...], AfterValidator(_networks)] = Field(
        default=(),
        description="Networks of your own in which receivers may be, such as 10.0.0.0/8 or 127.0.0.1, also by http; "
        "without them, public addresses by https alone.",
    )
    give_up_after_days: float = Field(
        default=3.0, gt=0, le=7, description="For how many days it is tried to deliver a message."
    )
    disable_after_days: float = Field(
        default=5.0, gt=0, le=60, description="A receiver that has taken nothing for so many days is sent nothing more."
    )

    def reach(self) -> Reach:
        """Return which addresses may be sent to."""
        return Reach.of(self.allow)

    def patience(self) -> Patience:
        """Return for how long it is tried."""
        return Patience(
            give_up_after=timedelta(days=self.give_up_after_days),
            disable_after=timedelta(days=self.disable_after_days),
        )


class Mail(Group):
    """Where mail is handed in."""

    host: str | None = Field(
        default=None, min_length=1, description="The mail server that takes reports; without it, none are mailed."
    )
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Security = Field(
        default=Security.STARTTLS,
        description="starttls, tls from the beginning, or none for a server on this machine.",
    )
    user: str | None = Field(default=None, min_length=1, description="As whom to log in there; without it, not at all.")
    password: SecretStr | None = Field(default=None, description="The password; set it as FOOTFALL_MAIL_PASSWORD.")
    sender: Annotated[str, AfterValidator(_mailbox)] | None = Field(
        default=None, description="The address that reports come from; needed with a host."
    )

    def server(self) -> MailServer | None:
        """Return the server, if there is one."""
        if self.host is None:
            return None
        assert self.sender is not None
        password = None if self.password is None else self.password.get_secret_value()
        return MailServer(
            host=self.host, port=self.port, security=self.security, sender=self.sender, user=self.user,
            password=password,
        )  # fmt: skip

    @model_validator(mode="after")
    def _comes_from_somebody(self) -> Self:
        if self.host is not None and self.sender is None:
            raise ValueError("mail.sender is not set: say from which address reports come")
        return self


class Schedule(Group):
    """A report that is sent by itself."""

    name: Name = Field(description="What it is called; under another name it is sent again.")
    every: Every = Field(default=Every.WEEK, description="day or week: of the day before, or Monday to Sunday.")
    at: Annotated[time, BeforeValidator(clock_time)] = Field(
        default=time(7), description="Time of day at which it is sent, by the clock of its first store."
    )
    stores: tuple[Name, ...] = Field(default=(), description="Of which stores together; without any, of all.")
    format: FileFormat = Field(default=FileFormat.PDF, description="json, csv, html, xlsx, parquet or pdf.")
    to: Annotated[str, AfterValidator(_mailbox)] | None = Field(default=None, description="A mailbox to send it to.")
    webhook: str | None = Field(
        default=None, min_length=1, description="Or the id of a webhook, as `footfall webhook list` shows it."
    )

    @model_validator(mode="after")
    def _goes_to_one(self) -> Self:
        if (self.to is None) == (self.webhook is None):
            raise ValueError("give either to, a mailbox, or webhook, the id of one")
        return self


class Reports(Group):
    """Reports that are sent by themselves."""

    schedule: tuple[Schedule, ...] = Field(default=(), description="Which reports are sent by themselves.")

    def timetable(self) -> tuple[Scheduled, ...]:
        """Return what the outbound part needs to know of it."""
        return tuple(
            Scheduled(
                name=schedule.name,
                every=schedule.every,
                stores=schedule.stores,
                form=schedule.format,
                at=schedule.at,
                target=schedule.webhook or f"{MAIL_TARGET}{schedule.to}",
            )
            for schedule in self.schedule
        )
