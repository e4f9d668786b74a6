#!/bin/sh
# Makes the environment of the engine that the embeddings are compared with: reference.sh PYTHON FOLDER
# Where there is no dlib-bin wheel for this machine, FOLDER/no-wheel says so instead: nothing is compiled for a proof.
set -eu
python=$1 folder=$2
pip_install() {
    "$folder/bin/python" -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary dlib-bin "$@"
}
echo "Installing the reference engine into $folder"
"$python" -m venv --clear "$folder"
if ! pip_install -r locks/reference.txt 2>"$folder/pip.log"; then
    # Named only when the registry gave what comes before it in the list: a registry out of reach is another failure.
    if grep -q "No matching distribution found for dlib-bin" "$folder/pip.log"; then
        rm -rf "$folder/bin"
        "$python" -c 'import sysconfig, sys; print("there is no dlib-bin wheel for", sys.version.split()[0], "on", sysconfig.get_platform())' \
            >"$folder/no-wheel"
        cat "$folder/no-wheel" >&2
        exit 0
    fi
    tail -n 20 "$folder/pip.log" >&2
    exit 1
fi
pip_install --no-deps -r locks/reference-nodeps.txt
