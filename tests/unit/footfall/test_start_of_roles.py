"""What a role loads when it starts: a matcher that was killed is back within seconds."""

import subprocess
import sys


def test_a_matcher_loads_nothing_of_a_database_or_a_web_server():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, footfall.roles.matcher; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "faiss" in loaded
    assert {"sqlalchemy", "fastapi", "plotly"} & set(loaded) == set()
