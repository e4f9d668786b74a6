"""What is remembered of an installation: when, which files, and which licence the operator accepted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from faces.errors import ModelError
from faces.packs.checksums import Checksum, parse_checksum
from faces.whole_files import write_whole

_FILE = "installed.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One installation. ``files`` are the contents at that time; ``accepted`` what the operator took upon himself."""

    at: datetime
    source: str
    licence: str
    accepted: tuple[str, ...]
    files: Mapping[str, Checksum]


def write_record(folder: Path, record: Record) -> None:
    """Write a record into the folder of its pack. Raises OSError."""
    facts = {
        "at": record.at.isoformat(timespec="seconds"),
        "source": record.source,
        "licence": record.licence,
        "accepted": list(record.accepted),
        "files": {name: str(checksum) for name, checksum in record.files.items()},
    }
    write_whole(folder / _FILE, json.dumps(facts, indent=2).encode())


def read_record(folder: Path) -> Record | None:
    """Return the record of an installed pack; None where its files were put there by hand. Raises ModelError."""
    file = folder / _FILE
    try:
        facts = json.loads(file.read_bytes())
        return Record(
            at=datetime.fromisoformat(facts["at"]),
            source=facts["source"],
            licence=facts["licence"],
            accepted=tuple(facts["accepted"]),
            files={name: parse_checksum(checksum) for name, checksum in facts["files"].items()},
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{file}: cannot be read ({error}); delete the folder and install the pack anew") from error
