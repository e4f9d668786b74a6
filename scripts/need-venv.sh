#!/bin/sh
# Makes sure that this Python can make virtual environments; on Debian that is a package of its own.
set -eu
python=$1
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Footfall needs Python 3.11 or newer; $python is $("$python" --version). Try: make PYTHON=python3.12" >&2
    exit 1
fi
"$python" -c 'import ensurepip, venv' 2>/dev/null && exit 0
version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
printf '%s\n' "$version" | "$(dirname "$0")/need-packages.sh" -
