#!/bin/sh
# Installs a lock file and this checkout into a virtual environment: install.sh PYTHON LOCK
# With uv on the path it takes seconds; without it, pip does the same from the same hashes.
set -eu
python=$1 lock=$2
echo "Installing $lock into $(dirname "$(dirname "$python")")"
if command -v uv >/dev/null 2>&1; then
    pip_install() { uv pip install --quiet --python "$python" "$@"; }
else
    # Compiling every file of every package to bytecode costs more time than it ever saves a demo.
    export PIP_NO_COMPILE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
    pip_install() { "$python" -m pip install --quiet "$@"; }
fi
pip_install --require-hashes -r locks/build.txt
pip_install --require-hashes --no-build-isolation -r "$lock"
pip_install --no-deps --no-build-isolation --editable .
