"""``footfall topics``: the topics of the event log, made, described and read."""

import json as json_
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footfall.cli.app import app
from footfall.cli.output import print_for_people, print_json, say
from schemas.errors import InputError, InvalidRecord

if TYPE_CHECKING:
    import threading

    from schemas.event_log import EventLog, Record, TopicState
    from schemas.topics import Topic

topics = typer.Typer(name="topics", help="The topics of the event log.", no_args_is_help=True)
app.add_typer(topics)

_LOOKED_AGAIN_S = 0.5
_LAST = 10

LogUrl = Annotated[
    str | None, typer.Option("--log", help="The event log, such as kafka://host:9092; else what events.url says.")
]
DataFolder = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the log of one machine.")]
Config = Annotated[Path | None, typer.Option("--config", help="Settings, a TOML file.")]


@topics.command()
def create(*, log: LogUrl = None, data_dir: DataFolder = None, config: Config = None) -> None:
    """Make the topics that are missing, with their partitions, retention and compaction."""
    from schemas.topics import TOPICS

    with _opened(log, data_dir, config) as opened:
        made = opened.create(TOPICS)
    say(f"Made: {', '.join(made)}" if made else "All topics were there")


@topics.command()
def describe(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    log: LogUrl = None,
    data_dir: DataFolder = None,
    config: Config = None,
) -> None:
    """Say what topics there are, and whether they are as the program expects."""
    from schemas.topics import TOPICS

    with _opened(log, data_dir, config) as opened:
        states = [(topic, opened.describe(topic)) for topic in TOPICS]
    if json:
        print_json({"topics": [_as_json(topic, state) for topic, state in states]})
    else:
        _print_table(states)


@topics.command()
def tail(
    topic: Annotated[str, typer.Argument(help="Name of the topic.")],
    *,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Begin with the oldest record.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"At most so many records; without --from-beginning the last {_LAST} unless said."),
    ] = None,
    log: LogUrl = None,
    data_dir: DataFolder = None,
    config: Config = None,
) -> None:
    """Print the records of a topic, one JSON object a line; pictures and embeddings by their size."""
    from footfall.shutdown import stop_on_signals
    from schemas.topics import TOPICS

    known = {one.name: one for one in TOPICS}
    if topic not in known:
        raise InputError(f"there is no topic {topic}: it is one of {', '.join(known)}")
    with stop_on_signals() as stop, _opened(log, data_dir, config) as opened:
        if from_beginning:
            records = _from_beginning(opened, known[topic], stop, follow=follow)
        else:
            records = _from_the_end(opened, known[topic], stop, last=limit or _LAST, follow=follow)
        left = limit if from_beginning or not follow else None
        for number, record in enumerate(records, start=1):
            sys.stdout.write(json_.dumps(_readable(record, known[topic]), ensure_ascii=False, default=str) + "\n")
            sys.stdout.flush()
            if number == left or stop.is_set():
                break


@contextmanager
def _opened(log: str | None, data_dir: Path | None, config: Path | None) -> Iterator["EventLog"]:
    from footfall.config_loading import load_settings
    from footfall.event_logs import open_event_log
    from footfall.logs import configure_logs
    from footfall.wiring import log_url_of

    asked: dict[str, Any] = {"events": {"url": log}} if log else {}
    if data_dir:
        asked["data_dir"] = data_dir
    settings = load_settings(config, **asked)
    configure_logs(level="warning", format=settings.log.format)
    opened = open_event_log(log_url_of(settings))
    try:
        yield opened
    finally:
        opened.close()


def _from_beginning(log: "EventLog", topic: "Topic", stop: "threading.Event", *, follow: bool) -> Iterator["Record"]:
    offsets: dict[int, int] = {}
    while True:
        for record in log.replay(topic, from_offsets=offsets):
            offsets[record.partition] = record.offset + 1
            yield record
        if not follow or stop.wait(_LOOKED_AGAIN_S):
            return


def _from_the_end(
    log: "EventLog", topic: "Topic", stop: "threading.Event", *, last: int, follow: bool
) -> Iterator["Record"]:
    state = log.describe(topic)
    offsets = {} if state is None else {number: max(0, end - last) for number, end in state.ends.items()}
    latest = sorted(log.replay(topic, from_offsets=offsets), key=lambda record: (record.appended_at, record.offset))
    offsets = {} if state is None else dict(state.ends)
    for record in latest:
        offsets[record.partition] = max(offsets.get(record.partition, 0), record.offset + 1)
    yield from latest[-last:]
    while follow and not stop.wait(_LOOKED_AGAIN_S):
        for record in log.replay(topic, from_offsets=offsets):
            offsets[record.partition] = record.offset + 1
            yield record


def _readable(record: "Record", topic: "Topic") -> dict[str, Any]:
    from schemas.codec import decode, to_json

    readable: dict[str, Any] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key,
        "appended_at": record.appended_at.isoformat(),
        "headers": dict(record.headers),
        "type": None,
        "message": None,
    }
    if record.value is not None:
        try:
            message = decode(record.value, topic.message)
        except InvalidRecord as error:
            readable["unreadable"] = f"{len(record.value)} bytes: {error}"
        else:
            readable |= {"type": type(message).__name__, "message": to_json(message)}
    return readable


def _as_json(topic: "Topic", state: "TopicState | None") -> dict[str, Any]:
    return {
        "name": topic.name,
        "expected_partitions": topic.partitions,
        "partitions": None if state is None else len(state.ends),
        "offsets": None if state is None else sum(state.ends.values()) - sum(state.begins.values()),
        "retention_hours": None if state is None or state.retention is None else _hours(state.retention),
        "compacted": None if state is None else state.compacted,
        "as_expected": state is not None and not _complaint(topic, state),
    }


def _print_table(states: list[tuple["Topic", "TopicState | None"]]) -> None:
    from rich.table import Table

    table = Table("topic", "partitions", "offsets", "retention", "compacted", "", box=None, pad_edge=False)
    for topic, state in states:
        if state is None:
            table.add_row(topic.name, "", "", "", "", "missing: run footfall topics create")
            continue
        table.add_row(
            topic.name,
            str(len(state.ends)),
            f"{sum(state.ends.values()) - sum(state.begins.values()):,}",
            "for ever" if state.retention is None else f"{_hours(state.retention):g} h",
            "yes" if state.compacted else "no",
            _complaint(topic, state),
        )
    print_for_people(table)


def _complaint(topic: "Topic", state: "TopicState") -> str:
    if len(state.ends) != topic.partitions:
        return f"should have {topic.partitions} partitions: delete it and run footfall topics create"
    if (state.retention, state.compacted) != (topic.retention, topic.compacted):
        kept = "for ever" if topic.retention is None else f"{_hours(topic.retention):g} h"
        return f"should be kept {kept}{', compacted' if topic.compacted else ''}: the cluster was told otherwise"
    return ""


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)
