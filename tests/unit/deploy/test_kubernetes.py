"""The manifests of deploy/kubernetes, against Kubernetes' own schemas and against the program."""

import re
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml
from compose_file import ROLES, ROOT

from footfall.config_loading import settings_list
from footfall.matching import MATCHER_GROUP
from schemas.topics import CROPS

FOLDER = ROOT / "deploy" / "kubernetes"
VERSIONS = ("1.29", "1.37")
# What an operator brings: no schema of theirs is at hand.
OPERATORS = ("keda.sh", "monitoring.coreos.com")


def documents() -> Iterator[dict[str, Any]]:
    for file in sorted(FOLDER.glob("*.yaml")):
        if file.name != "kustomization.yaml":
            yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def named(kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in documents() if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def pods() -> dict[str, dict[str, Any]]:
    """The pod of every workload, by the workload's name."""
    return {
        one["metadata"]["name"]: one["spec"]["template"] for one in documents() if "template" in one.get("spec", {})
    }


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def literals() -> dict[str, str]:
    """The settings that the kustomization makes config maps of."""
    made = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["configMapGenerator"]
    return dict(line.split("=", 1) for one in made for line in one["literals"])


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_what_kubernetes_expects(version: str):
    checked = 0
    for document in documents():
        if not document["apiVersion"].startswith(OPERATORS):
            kubernetes_validate.validate(document, version, strict=True)
            checked += 1
    assert checked >= 10


def test_a_manifest_with_a_slip_of_the_pen_would_be_found():
    wrong = named("StatefulSet", "matcher")
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_the_kustomization_names_every_file():
    text = (FOLDER / "kustomization.yaml").read_text()
    named_there = set(re.findall(r"^  #? ?- ([\w-]+\.yaml)$", text, re.MULTILINE))
    assert named_there == {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}


@pytest.mark.parametrize("name", ["setup", *ROLES])
def test_a_pod_is_nobody_and_can_write_nowhere_but_in_its_volumes(name: str):
    pod = pods()[name]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(pods()[name]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert container["resources"]["limits"]["memory"]
        assert "/tmp" in [mount["mountPath"] for mount in container["volumeMounts"]]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_asked_for_its_health_where_it_tells(role: str):
    (container,) = containers(pods()[role])
    assert container["args"] == [role]
    assert container["ports"] == [{"name": "health", "containerPort": int(literals()["FOOTFALL_HEALTH_PORT"])}]
    paths = {probe: container[probe]["httpGet"]["path"] for probe in container if probe.endswith("Probe")}
    assert paths == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}


def test_every_variable_is_a_setting_and_every_secret_comes_by_reference():
    known = {setting.environment for setting in settings_list()}
    variables = [one for pod in pods().values() for container in containers(pod) for one in container.get("env", [])]
    told = {one["name"] for one in variables} | set(literals())
    assert {name for name in told if name.startswith("FOOTFALL_")} <= known
    for one in variables:
        if one["name"] in ("FOOTFALL_DATABASE", "FOOTFALL_CAMERA", "LOG_URL"):
            assert set(one["valueFrom"]["secretKeyRef"]) == {"name", "key"}
    assert "Secret" not in {document["kind"] for document in documents()}


@pytest.mark.parametrize("role", ROLES)
def test_every_address_of_the_log_goes_by_the_name_of_its_pod(role: str):
    (container,) = containers(pods()[role])
    names = [one["name"] for one in container["env"]]
    # Kubernetes fills in only what stands before.
    assert names.index("FOOTFALL_EVENTS_URL") > max(names.index("POD"), names.index("LOG_URL"))
    address = next(one["value"] for one in container["env"] if one["name"] == "FOOTFALL_EVENTS_URL")
    assert address == "$(LOG_URL)&instance=$(POD)"


@pytest.mark.parametrize("role", ["matcher", "analytics"])
def test_a_disruption_takes_one_pod_of_a_role_at_a_time(role: str):
    budget, workload = named("PodDisruptionBudget", role), named("StatefulSet", role)
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["selector"] == workload["spec"]["selector"]
    assert workload["spec"]["replicas"] > 1


def test_matchers_are_scaled_by_the_crops_that_wait_and_not_beyond_the_partitions():
    scaled = named("ScaledObject", "matcher")
    assert scaled["apiVersion"] == "keda.sh/v1alpha1"
    target = scaled["spec"]["scaleTargetRef"]
    assert named(target["kind"], target["name"])["spec"]["replicas"] == scaled["spec"]["minReplicaCount"]
    assert scaled["spec"]["maxReplicaCount"] == CROPS.partitions
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["type"] == "kafka"
    told = trigger["metadata"]
    assert (told["topic"], told["consumerGroup"]) == (CROPS.name, MATCHER_GROUP)
    # Everything KEDA is told in `metadata` is text.
    assert all(isinstance(value, str) for value in told.values())
    assert set(told) <= {"bootstrapServers", "consumerGroup", "topic", "lagThreshold", "offsetResetPolicy"}


def test_prometheus_finds_the_roles_by_the_service_that_names_them():
    monitor, service = named("ServiceMonitor", "footfall"), named("Service", "roles")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in [port["name"] for port in service["spec"]["ports"]]
    for role in ROLES:
        assert service["spec"]["selector"].items() <= pods()[role]["metadata"]["labels"].items()
        assert named("StatefulSet", role)["spec"]["serviceName"] == "roles"
