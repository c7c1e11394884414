"""deploy/kubernetes, against the schemas of Kubernetes itself."""

import re
from typing import Any

import kubernetes_validate
import pytest

from memorizer.cli import session
from memorizer.domain.jobs import PUBLIC_QUEUES, JobState, QueueCounts
from memorizer.http.routes import observability
from memorizer.services import health
from support.deployment import KUBERNETES, Json, manifests, require_command

OLDEST, NEWEST = "1.34", "1.37"
"""Releases between which the files are promised to work."""
FOREIGN = {"Kustomization", "ScaledObject"}
ALL = list(manifests())
OWN = [(path, each) for path, each in ALL if each["kind"] not in FOREIGN]
PODS = {
    each["metadata"]["name"]: each["spec"]["template"]["spec"]
    for _, each in OWN
    if each["kind"] in {"Deployment", "Job"}
}
SETTINGS = next(each["data"] for _, each in OWN if each["kind"] == "ConfigMap")

each_pod = pytest.mark.parametrize("name", PODS)


def named(kind: str, name: str) -> Json:
    of_kind = [each for _, each in ALL if each["kind"] == kind]
    return next(each for each in of_kind if each["metadata"]["name"] == name)


@pytest.mark.parametrize("release", [OLDEST, NEWEST])
@pytest.mark.parametrize("manifest", [each for _, each in OWN], ids=lambda each: each["kind"])
def test_it_fits_the_schema_without_a_field_too_many(manifest: Json, release: str) -> None:
    kubernetes_validate.validate(manifest, release, strict=True)


def test_the_schema_would_notice_a_misspelt_field() -> None:
    server = named("Deployment", "memorizer-server")
    misspelt = server | {"spec": server["spec"] | {"replica": 2}}

    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(misspelt, NEWEST, strict=True)


def test_kustomizations_name_files_that_exist_and_all_of_them() -> None:
    for path, each in ALL:
        if each["kind"] == "Kustomization":
            named_files = {(path.parent / name).resolve() for name in each["resources"]}
            assert all(file.exists() for file in named_files)
            assert {*path.parent.glob("*.yaml")} - {path} <= named_files


def test_what_a_patch_removes_is_there() -> None:
    patches = [patch for _, each in ALL for patch in each.get("patches", ())]
    assert patches
    for patch in patches:
        assert "path: /spec/replicas" in patch["patch"]
        assert "replicas" in named(patch["target"]["kind"], patch["target"]["name"])["spec"]


@each_pod
def test_its_command_exists(name: str) -> None:
    [container] = PODS[name]["containers"]
    require_command(container["args"])


@each_pod
def test_it_keeps_to_the_strictest_standard_for_pods(name: str) -> None:
    [container] = PODS[name]["containers"]
    assert PODS[name]["securityContext"]["runAsNonRoot"]
    assert PODS[name]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@each_pod
def test_what_it_mounts_is_there_and_can_be_written(name: str) -> None:
    [container] = PODS[name]["containers"]
    volumes = {volume["name"]: volume for volume in PODS[name]["volumes"]}

    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/data", "/tmp"}  # noqa: S108 - of the image
    assert all("emptyDir" in volumes[mount["name"]] for mount in container["volumeMounts"])


@each_pod
def test_no_service_of_the_cluster_is_taken_for_a_setting(name: str) -> None:
    assert PODS[name]["enableServiceLinks"] is False


@each_pod
def test_it_may_finish_before_it_is_killed(name: str) -> None:
    [container] = PODS[name]["containers"]
    if name == "memorizer-migrate":
        return  # ends by itself
    pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    needed = pause + float(SETTINGS["MEMORIZER_GRACE_SECONDS"])
    assert needed < PODS[name]["terminationGracePeriodSeconds"]


def test_the_settings_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in SETTINGS.items():
        monkeypatch.setenv(variable, value)

    assert session.load_settings().worker is False


def test_probes_ask_addresses_that_exist() -> None:
    [server] = PODS["memorizer-server"]["containers"]
    paths = {route.path for route in observability.router.routes if hasattr(route, "path")}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert server[probe]["httpGet"]["path"] in paths
    assert server["livenessProbe"]["httpGet"]["path"] != server["readinessProbe"]["httpGet"]["path"]


def test_readiness_is_given_as_long_as_its_slowest_part_may_take() -> None:
    [server] = PODS["memorizer-server"]["containers"]

    assert server["readinessProbe"]["timeoutSeconds"] > health.DEADLINE_SECONDS


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget", "NetworkPolicy"])
def test_what_selects_pods_selects_some(kind: str) -> None:
    labels = [
        each["spec"]["template"]["metadata"]["labels"]
        for _, each in OWN
        if each["kind"] in {"Deployment", "Job"}
    ]
    for selector in _selectors(kind):
        assert any(selector.items() <= each.items() for each in labels)


def test_the_autoscalers_scale_the_workers() -> None:
    for kind in ("ScaledObject", "HorizontalPodAutoscaler"):
        target = named(kind, "memorizer-worker")["spec"]["scaleTargetRef"]
        assert named("Deployment", target["name"])


def test_keda_asks_for_a_metric_that_there_is() -> None:
    [query] = [
        trigger["metadata"]["query"]
        for trigger in named("ScaledObject", "memorizer-worker")["spec"]["triggers"]
        if trigger["type"] == "prometheus"
    ]
    counts = [QueueCounts(queue, paused=False) for queue in PUBLIC_QUEUES]
    jobs, *_ = observability._count_metrics(counts)

    metric, states = re.findall(r'(\w+){state=~"([\w|]+)"}', query)[0]
    assert metric == jobs.name
    assert set(states.split("|")) <= {state.value for state in JobState}
    assert {label for sample in jobs.samples for label in sample.labels} == {"queue", "state"}


def test_the_folders_are_the_documented_ones() -> None:
    assert {path.name for path in KUBERNETES.iterdir()} == {
        "base",
        "autoscaling-cpu",
        "autoscaling-keda",
    }


def _selectors(kind: str) -> list[dict[str, Any]]:
    specs = [each["spec"] for _, each in OWN if each["kind"] == kind]
    found = [spec.get("podSelector") or spec["selector"] for spec in specs]
    assert found
    return [each.get("matchLabels", each) for each in found]
