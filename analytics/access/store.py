"""All that is kept of access, over one database."""

from sqlalchemy import Engine

from analytics.access.accounts import Accounts
from analytics.access.audit import Audit
from analytics.access.sessions import Sessions


class AccessStore:
    """Users and keys, sessions, and the audit of all of them."""

    def __init__(self, engine: Engine) -> None:
        self.accounts = Accounts(engine)
        self.sessions = Sessions(engine)
        self.audit = Audit(engine)
