"""Brings docker-compose.yml up, counts the demonstration's visitors before and after every service was restarted.

Does with an old podman what compose does: it starts services in order and waits for what they depend on. Ends with
exit code 1 where something does not come true, and brings everything down in any case.
"""

import argparse
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "footfall-check"
# Grafana is in no package registry: its dashboard is put to Prometheus instead.
LEFT_OUT = {"grafana"}
ROLES = ("ingest", "matcher", "analytics")
HEALTH_PORT = 9464

COMMAND_S, START_S, FILM_S, RESTART_S = 180.0, 120.0, 360.0, 120.0


class CheckError(Exception):
    """Something did not come true."""


class Stack:
    """The services of docker-compose.yml, as podman runs them here."""

    def __init__(self, podman_compose: Path, env_file: Path) -> None:
        self._compose = [str(podman_compose), "--env-file", str(env_file), "--project-name", PROJECT]
        services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        self.services: dict[str, dict[str, Any]] = {
            name: service for name, service in services.items() if name not in LEFT_OUT
        }

    def in_order(self) -> Iterator[str]:
        """Yield the services, each after those that it depends on."""
        started: set[str] = set()
        while waiting := [name for name in self.services if name not in started]:
            name = next(name for name in waiting if set(self.services[name].get("depends_on", ())) <= started)
            started.add(name)
            yield name

    def start(self, name: str) -> None:
        """Start a service once what it depends on is as it should be."""
        for other, wanted in self.services[name].get("depends_on", {}).items():
            done = self.has_ended_well if wanted["condition"] == "service_completed_successfully" else self.is_healthy
            wait_for(f"{other} before {name}", lambda done=done, other=other: done(other), within_s=START_S)
        self.compose("up", "--detach", "--no-build", "--no-deps", name)

    def restart(self, name: str) -> None:
        """End a service as an operator would, and start it again."""
        podman("restart", "--time", "30", container(name))

    def is_healthy(self, name: str) -> bool:
        """Run the service's own health check: nobody else does where there is no systemd."""
        return run(["podman", "healthcheck", "run", container(name)]).returncode == 0

    def is_ready(self, name: str) -> bool:
        """Ask a role whether it does its work."""
        ask = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{HEALTH_PORT}/readyz', timeout=5)"
        return run(["podman", "exec", container(name), "python3", "-c", ask]).returncode == 0

    def has_ended_well(self, name: str) -> bool:
        """Whether a job is through."""
        state = json.loads(podman("inspect", container(name)))[0]["State"]
        if state["Status"] == "exited" and state["ExitCode"]:
            raise CheckError(f"{name} ended with exit code {state['ExitCode']}")
        return bool(state["Status"] == "exited")

    def execute(self, name: str, *command: str) -> str:
        """Return what a command prints in a service's container."""
        return podman("exec", container(name), *command)

    def compose(self, *arguments: str) -> None:
        """Run podman-compose."""
        done = run([*self._compose, *arguments], env=os.environ | {"COMPOSE_PROFILES": "demo"})
        if done.returncode:
            raise CheckError(f"podman-compose {' '.join(arguments)}: {done.stderr[-2000:]}")

    def logs(self) -> Iterator[str]:
        """Yield the last lines of every service."""
        for name in self.services:
            done = run(["podman", "logs", "--tail", "12", container(name)])
            yield f"--- {name}\n{done.stdout}{done.stderr}"


def container(name: str) -> str:
    """Return the name podman-compose gives a service's container."""
    return f"{PROJECT}_{name}_1"


def run(command: list[str], env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, bounded in time."""
    return subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_S, env=env, cwd=ROOT)


def podman(*arguments: str) -> str:
    """Return what podman prints."""
    done = run(["podman", *arguments])
    if done.returncode:
        raise CheckError(f"podman {' '.join(arguments)}: {done.stderr[-2000:]}")
    return done.stdout


def wait_for(what: str, holds: Callable[[], object], *, within_s: float, every_s: float = 1.0) -> None:
    """Wait until something holds."""
    deadline_s = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline_s:
            raise CheckError(f"waited {within_s:.0f} s in vain for {what}")
        time.sleep(every_s)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str) -> str:
    """Return what a page says."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        return str(answer.read().decode())


@contextmanager
def env_file() -> Iterator[tuple[Path, dict[str, int]]]:
    """Give an environment file as .env.example describes it, with passwords and ports of its own, and the ports."""
    ports = {name: free_port() for name in ("PAGE_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")}
    text = (ROOT / ".env.example").read_text()
    for name in ("POSTGRES_PASSWORD", "GRAFANA_PASSWORD"):
        text = text.replace(f"{name}=", f"{name}={secrets.token_hex(12)}", 1)
    for name, port in ports.items():
        text = re.sub(rf"^{name}=.*$", f"{name}={port}", text, flags=re.MULTILINE)
    with TemporaryDirectory() as folder:
        file = Path(folder) / ".env"
        file.write_text(text)
        yield file, ports


def report() -> dict[str, Any]:
    """Return the report, counted as an operator would count it."""
    done = run(["podman", "exec", container("analytics"), "footfall", "report", "--json"])
    if "nothing was recorded" in done.stderr:
        return {"pv": 0, "uv": 0, "sightings": 0}
    if done.returncode:
        raise CheckError(f"footfall report: {done.stderr[-2000:]}")
    counted: dict[str, Any] = json.loads(done.stdout)
    return counted


def say(text: str) -> None:
    """Print a line with the seconds since the beginning."""
    print(f"{time.monotonic() - BEGAN_S:5.0f} s  {text}", flush=True)


def show(when: str, counted: Mapping[str, Any], truth: Mapping[str, Any]) -> None:
    """Print PV and UV beside the truth."""
    say(
        f"{when}: PV {counted['pv']} of {truth['pv']}, UV {counted['uv']} of {truth['uv']}, "
        f"{counted['sightings']} sightings"
    )


def check_confinement() -> None:
    """See that a role is nobody, can write nowhere but where it should, and brings no compiler."""
    script = (
        'test "$(id -u)" = 10001; test ! -w /opt/footfall; ! touch /etc/x 2>/dev/null; touch /tmp/x; '
        "grep -q '^CapEff:.0*$' /proc/self/status; grep -q 'NoNewPrivs:.1' /proc/self/status; "
        "! command -v cc; ! command -v gcc; ! command -v pip"
    )
    for name in ROLES:
        for line in script.split("; "):
            done = run(["podman", "exec", container(name), "sh", "-c", line])
            if done.returncode:
                raise CheckError(f"{name}: this does not hold in its container: {line}")
    say("roles run as nobody, without capabilities, on a read-only disk, without a compiler")


def check_dashboard(prometheus: str) -> None:
    """Put every question of the Grafana dashboard to Prometheus, and say how many it answers with figures."""
    board = json.loads((ROOT / "deploy/grafana/footfall.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    answered = 0
    for question in asked:
        query = urllib.parse.urlencode({"query": question.replace("$__rate_interval", "1m")})
        answered += bool(json.loads(get(f"{prometheus}/api/v1/query?{query}"))["data"]["result"])
    say(f"the dashboard's {len(asked)} questions are understood, {answered} of them answered with figures")
    if answered < len(asked) / 2:
        raise CheckError("more than half of the dashboard stays empty")


def say_memory(prometheus: str) -> None:
    """Print what every process of ours takes."""
    query = urllib.parse.urlencode({"query": "process_resident_memory_bytes"})
    found = json.loads(get(f"{prometheus}/api/v1/query?{query}"))["data"]["result"]
    taken = {one["metric"]["job"]: float(one["value"][1]) / 1e6 for one in found}
    say("memory: " + ", ".join(f"{role} {taken[role]:.0f} MB" for role in ROLES))


def check(stack: Stack, ports: Mapping[str, int]) -> None:
    """Bring everything up, count, restart everything, count again."""
    for name in stack.in_order():
        stack.start(name)
    for name in ROLES:
        wait_for(f"{name} to be ready", lambda name=name: stack.is_ready(name), within_s=START_S)
    say(f"{len(stack.services)} services are up; left out: {', '.join(sorted(LEFT_OUT))}")
    check_confinement()
    if "<html" not in get(f"http://127.0.0.1:{ports['PAGE_PORT']}/stores/shop"):
        raise CheckError("the page does not answer")

    truth = json.loads(stack.execute("camera", "cat", "/film/truth.json"))

    def all_seen() -> bool:
        counted = report()
        return bool(counted["pv"] >= truth["pv"] and counted["uv"] >= truth["uv"])

    wait_for("the visitors in the report", all_seen, within_s=FILM_S, every_s=5.0)
    before = report()
    show("as they came", before, truth)
    prometheus = f"http://127.0.0.1:{ports['PROMETHEUS_PORT']}"
    check_dashboard(prometheus)
    say_memory(prometheus)

    lasting = [name for name in stack.in_order() if stack.services[name].get("restart") != "on-failure"]
    for name in lasting:
        stack.restart(name)
        alive = stack.is_ready if name in ROLES else stack.is_healthy
        wait_for(
            f"{name} after its restart", lambda name=name, alive=alive: alive(name), within_s=RESTART_S, every_s=2.0
        )
    say(f"restarted one by one: {', '.join(lasting)}")
    for name in ROLES:
        wait_for(f"{name} to be ready again", lambda name=name: stack.is_ready(name), within_s=RESTART_S)
    wait_for(
        "somebody seen after the restarts",
        lambda: report()["sightings"] > before["sightings"],
        within_s=FILM_S,
        every_s=5.0,
    )
    after = report()
    show("after every service was restarted", after, truth)
    # They all come again each time the film begins anew, within the session gap: nobody may be counted twice.
    if (after["pv"], after["uv"]) != (truth["pv"], truth["uv"]):
        raise CheckError("the report is not the truth")


def main() -> None:
    """Run the check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compose", type=Path, required=True, help="podman-compose")
    with env_file() as (file, ports):
        stack = Stack(parser.parse_args().compose, file)
        try:
            check(stack, ports)
        except (CheckError, OSError, subprocess.TimeoutExpired) as error:
            print("\n".join(stack.logs()), file=sys.stderr)
            sys.exit(f"compose-check: {error}")
        finally:
            stack.compose("down", "--volumes", "--timeout", "20")
            podman("volume", "prune", "--force")  # those without a name
            say("everything is down again")


BEGAN_S = time.monotonic()

if __name__ == "__main__":
    main()
