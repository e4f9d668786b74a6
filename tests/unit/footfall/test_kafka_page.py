"""What docs/kafka.md says is so."""

import inspect
import re
from datetime import timedelta
from pathlib import Path

from footfall.kafka_log import address
from schemas.topics import TOPICS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "kafka.md").read_text()


def section(title: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    body = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines() if line.startswith("|")]
    return rows[2:]


def test_every_topic_is_documented_as_it_is():
    assert section("The topics") == [
        [
            f"`{topic.name}`",
            topic.message.__name__ if topic.message else "whatever could not be handled",
            f"`{topic.key_field}`" if topic.key_field else "origin",
            str(topic.partitions),
            "for ever" if topic.retention is None else f"{topic.retention / timedelta(hours=1):g} h",
            "yes" if topic.compacted else "no",
        ]
        for topic in TOPICS
    ]


def test_everything_an_address_may_say_is_documented():
    read = set(re.findall(r"query\.\w+\(\"(\w+)\"", inspect.getsource(address)))
    documented = {name for name, *_ in section("The address") for name in re.findall(r"`(\w+)`", name)}
    assert documented == read
