"""Signatures by which a receiver knows that a message is ours: Standard Webhooks, symmetric. Pure.

Source: the specification at https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from uuid import UUID

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
_SECRET_BYTES = 32


def new_secret() -> str:
    """Return a secret that nobody can guess."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(secret: str, message_id: UUID, body: str, *, at: datetime) -> dict[str, str]:
    """Return the three headers of a message that is sent ``at`` a moment: id, time in seconds, signature."""
    told, seconds = f"msg_{message_id.hex}", str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signature = hmac.new(key, f"{told}.{seconds}.{body}".encode(), hashlib.sha256).digest()
    return {
        "webhook-id": told,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
