"""Sending reports by mail; the exceptions of the standard library's client end here."""

import base64
import json
import smtplib
import ssl
import time
from contextlib import closing, suppress
from email.message import EmailMessage
from email.utils import format_datetime

from analytics.outbound.delivery import MAIL_TARGET, Outcome
from analytics.outbound.events import Outgoing
from analytics.outbound.mail_server import MailServer, Security
from analytics.reports.about import NEVER_ADD_UV

_STEP_WITHIN_S = 12.0
_LONGEST_PROBLEM = 200


class MailSender:
    """Hands mail in. Safe to use from several threads: each message goes over a connection of its own."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def send(self, target: str, message: Outgoing) -> Outcome:
        """Send a report as an attachment and return what came of it; raises nothing that a server can cause.

        A mail that was taken while the answer was lost comes twice, under one Message-ID.
        """
        began_s = time.monotonic()
        problem, status = "", 250
        try:
            self._hand_in(mail_of(message, sender=self._server.sender, to=target.removeprefix(MAIL_TARGET)))
        except smtplib.SMTPResponseException as error:
            status = error.smtp_code
            problem = f"the mail server answered {error.smtp_code}"
        except smtplib.SMTPRecipientsRefused as error:
            status = next(iter(error.recipients.values()))[0]
            problem = f"the mail server takes nothing for this mailbox ({status})"
        except (smtplib.SMTPException, OSError, ValueError) as error:
            status, problem = 0, " ".join(str(error).split())[:_LONGEST_PROBLEM] or type(error).__name__
        took_ms = round(1000 * (time.monotonic() - began_s))
        return Outcome(status=status or None, problem=problem, took_ms=took_ms)

    def _hand_in(self, mail: EmailMessage) -> None:
        server = self._server
        tls = ssl.create_default_context()
        if server.security is Security.TLS:
            connected: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_STEP_WITHIN_S, context=tls)
        else:
            connected = smtplib.SMTP(server.host, server.port, timeout=_STEP_WITHIN_S)
        with closing(connected):
            if server.security is Security.STARTTLS:
                connected.starttls(context=tls)
            if server.user is not None:
                connected.login(server.user, server.password or "")
            connected.send_message(mail)
            with suppress(smtplib.SMTPException, OSError):
                connected.quit()  # the mail is accepted, whatever the server says to a farewell


def mail_of(message: Outgoing, *, sender: str, to: str) -> EmailMessage:
    """Return a scheduled report as a mail. Pure."""
    told = json.loads(message.body)["data"]
    days = told["from"] if told["from"] == told["to"] else f"{told['from']} to {told['to']}"
    stores = ", ".join(told["stores"])
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = _one_line(f"Footfall, {stores}: {days}")
    mail["Date"] = format_datetime(message.made_at)
    mail["Message-ID"] = f"<msg_{message.message_id.hex}@footfall.invalid>"
    mail.set_content(
        f"The report on {stores}, {days}, is attached as {told['file']['name']} ({told['schedule']}).\n\n"
        f"{NEVER_ADD_UV}\n"
    )
    kind, _, subtype = told["file"]["type"].partition(";")[0].partition("/")
    content = base64.b64decode(told["file"]["base64"])
    mail.add_attachment(content, maintype=kind, subtype=subtype, filename=told["file"]["name"])
    return mail


def _one_line(text: str) -> str:
    return " ".join(text.split())
