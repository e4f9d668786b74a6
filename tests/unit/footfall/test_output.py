"""What commands print, into a pipe and into a terminal."""

import os
import pty
import subprocess
import sys
from uuid import UUID

ID = str(UUID(int=2**127))
PRINTS = f"""
from rich.table import Table
from footfall.cli.output import print_for_people, say_table
table = Table("id", "of", "at", box=None, pad_edge=False)
table.add_row("{ID}", "{ID}", "{ID}")
say_table(table)
print_for_people("x" * 100)
"""


def test_nothing_is_cut_off_in_a_pipe():
    done = subprocess.run([sys.executable, "-c", PRINTS], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[1].split() == [ID, ID, ID]
    assert done.stdout == "x" * 100 + "\n"


def test_brackets_in_a_cell_are_no_markup():
    prints = PRINTS.replace(f'"{ID}", "{ID}", "{ID}"', '"MIT [/x]", "[bold]a", ":x:"')
    done = subprocess.run([sys.executable, "-c", prints], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[1].split() == ["MIT", "[/x]", "[bold]a", ":x:"]


def test_in_a_narrow_terminal_ids_are_folded_and_whole():
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": "60", "TERM": "dumb"}
    with subprocess.Popen([sys.executable, "-c", PRINTS], stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                some = os.read(ours, 65536)
            except OSError:  # Linux ends a terminal that nobody writes to any more with an error
                break
            if not some:
                break
            said += some
    os.close(ours)
    assert process.returncode == 0
    lines = [line.split() for line in said.decode().splitlines()[1:]]
    folded = [parts for parts in lines if len(parts) == 3]
    assert ["".join(column) for column in zip(*folded, strict=True)] == [ID, ID, ID]
