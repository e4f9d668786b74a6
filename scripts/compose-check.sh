#!/bin/sh
# Brings docker-compose.yml up with podman, counts the visitors of its demonstration, and brings it down again:
# compose-check.sh PYTHON. Images that no registry gives here are stood in for by what Debian and Maven Central have.
# What was made is kept in the user's cache folder; the first run takes about ten minutes, a later one about five.
set -eu
python=$1
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
if [ "$(id -u)" != 0 ]; then
    echo "make compose-check makes images and networks of its own: run it as root" >&2
    exit 1
fi
scripts/need-packages.sh deploy/check/debian-packages.txt

work=${XDG_CACHE_HOME:-$HOME/.cache}/footfall-tests/compose
mkdir -p "$work"
# Podman keeps everything of ours in that folder, apart from whatever else runs on this machine.
cat >"$work/storage.conf" <<STORAGE
[storage]
driver = "overlay"
graphroot = "$work/storage"
runroot = "$work/run"
STORAGE
export CONTAINERS_CONF="$here/deploy/check/containers.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf"

if ! "$work/podman-compose/bin/podman-compose" --version >/dev/null 2>&1; then
    "$python" -m venv --clear "$work/podman-compose"
    "$work/podman-compose/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r locks/compose.txt
fi

began=$(date +%s)
step() { echo "$(($(date +%s) - began)) s: $*"; }

base=docker.io/library/debian:bookworm-slim
if ! podman image exists "$base"; then
    step "making the base image"
    system=$(mktemp -d "$work/system.XXXXXX")
    trap 'rm -rf "$system"' EXIT
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$system" >"$work/debootstrap.log" 2>&1 \
        || { tail -n 20 "$work/debootstrap.log" >&2; exit 1; }
    # Not what the kernel shows there, should anything still be mounted.
    tar -C "$system" --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' --exclude='./var/cache/apt/archives/*.deb' --exclude='./var/lib/apt/lists/*' -c . \
        | podman import --quiet - "$base" >/dev/null
fi

build() {  # NAME FOLDER [OPTION…]
    name=$1 folder=$2
    shift 2
    step "making $name"
    timeout 600 podman build --quiet --format docker --network host --build-arg "BASE=$base" -t "$name" "$@" "$folder" \
        >"$work/build.log" 2>&1 || { tail -n 20 "$work/build.log" >&2; exit 1; }
}
image() { sed -n "s#^ *image: \($1[:@].*\)#\1#p" docker-compose.yml | head -n 1; }

jars=$(PYTHONPATH=tests "$python" -c 'from services.kafka import fetched_jars; print(fetched_jars())')
mkdir -p "$work/kafka"
cp "$jars"/*.jar deploy/check/kafka.sh "$work/kafka"
build "docker.io/$(image apache/kafka)" "$work/kafka" -f deploy/check/kafka.Dockerfile
build "docker.io/library/$(image postgres)" deploy/check -f deploy/check/postgres.Dockerfile
build "docker.io/$(image prom/prometheus)" deploy/check -f deploy/check/prometheus.Dockerfile
build "$(image footfall-camera)" deploy/camera
# The certificates of this machine, should the way to the packages lead through a proxy of its own.
build "$(image footfall)" . -v /etc/ssl/certs:/etc/ssl/certs:ro --build-arg PIP_CERT=/etc/ssl/certs/ca-certificates.crt
podman image prune --force --filter until=24h >/dev/null  # what earlier checks left
step "$(image footfall) takes $(($(podman image inspect --format '{{.Size}}' "$(image footfall)") / 1000000)) MB," \
    "$(($(podman image inspect --format '{{.Size}}' "$base") / 1000000)) MB of them its base"
step "bringing it up"
"$python" scripts/compose_check.py --compose "$work/podman-compose/bin/podman-compose"
step "done"
