#!/bin/sh
# Resolves every lock file anew: lock.sh PYTHON. Works for all platforms and Pythons at once, which pip alone cannot.
set -eu
python=$1
"$python" -m pip install --quiet --disable-pip-version-check uv
compile() {
    "$python" -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header "$@"
}
compile pyproject.toml --group build -o locks/run.txt --upgrade
compile pyproject.toml --group build --group dev -o locks/dev.txt --upgrade
compile --group build -o locks/build.txt --upgrade
compile --group reference -o locks/reference.txt --upgrade
compile --group reference-nodeps --no-deps -o locks/reference-nodeps.txt --upgrade
