#!/bin/sh
# Resolves every lock file: lock.sh PYTHON [--upgrade]. Works for all platforms and Pythons at once, which pip cannot.
# What is locked stays as it is unless --upgrade is given.
set -eu
python=$1
shift
upgrade=${1:-}
"$python" -m pip install --quiet --disable-pip-version-check uv
compile() {
    "$python" -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header $upgrade "$@"
}
compile pyproject.toml --group build -o locks/run.txt
compile pyproject.toml --group build --group dev -o locks/dev.txt
compile --group build -o locks/build.txt
compile --group compose -o locks/compose.txt
compile --group reference -o locks/reference.txt
compile --group reference-nodeps --no-deps -o locks/reference-nodeps.txt
