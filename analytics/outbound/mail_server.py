"""Where mail is handed in. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Security(StrEnum):
    """How a mail server is spoken to: after STARTTLS, by TLS from the beginning, or in clear on this machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in, as whom, and who it is from."""

    host: str
    port: int
    security: Security
    sender: str
    user: str | None = None
    password: str | None = None
