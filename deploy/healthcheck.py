"""Whether the process in this container is alive: asks the health of a role, else the page of ``footfall run``."""

import os
import urllib.request

port = os.environ.get("FOOTFALL_HEALTH_PORT") or os.environ.get("FOOTFALL_WEB_PORT") or "8000"
with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=4):
    pass
