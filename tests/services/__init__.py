"""Real servers for tests: started on free ports of 127.0.0.1, ended by their process ids."""

from .common import free_port as free_port
from .common import require as require
from .common import wait_until as wait_until
from .kafka import KafkaBroker as KafkaBroker
from .kafka import require_kafka as require_kafka
from .kafka import require_own_kafka as require_own_kafka
from .rtsp import RtspServer as RtspServer
from .rtsp import require_rtsp_server as require_rtsp_server
from .toxiproxy import Toxiproxy as Toxiproxy
from .toxiproxy import require_toxiproxy as require_toxiproxy
