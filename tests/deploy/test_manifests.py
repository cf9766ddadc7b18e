"""Kubernetes would take the manifests: its schemas say so, and what they name is there."""

from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from flows.options import FlowSettings
from flows.shards import assign, split_option

DEPLOY = Path(__file__).parents[2] / "deploy"
VERSIONS = ("1.30", "1.34", "1.37")
DOCUMENTS = [
    pytest.param(document, id=f"{document['kind']}-{document['metadata']['name']}")
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
]
ALL = [param.values[0] for param in DOCUMENTS]
WORKLOADS = [one for one in ALL if one["kind"] in {"Deployment", "StatefulSet", "Job"}]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def name(document):
    return document["metadata"]["name"]


def container(workload):
    (found,) = workload["spec"]["template"]["spec"]["containers"]
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_manifest_when_kubernetes_checks_it_is_taken(document, version):
    kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("broken", [{"replicas": "two"}, {"replica": 2}])
def test_manifest_when_it_is_wrong_is_refused(broken):
    document = next(one for one in ALL if one["kind"] == "StatefulSet")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            document | {"spec": document["spec"] | broken}, VERSIONS[0], strict=True
        )


def test_key_groups_of_the_manifests_when_taken_together_are_all():
    for commands in (
        [container(one)["args"] for one in WORKLOADS],
        [service.get("command", []) for service in COMPOSE["services"].values()],
    ):
        ranges = {
            arguments[arguments.index("--key-groups") + 1]
            for arguments in commands
            if "--key-groups" in arguments
        }
        shards = [
            shard
            for wanted in ranges
            for shard in assign(FlowSettings().key_groups, split_option(wanted)[1] or "", 2).mine
        ]
        assert sorted(shards) == [0, 1]


@pytest.mark.parametrize("service", [one for one in ALL if one["kind"] == "Service"], ids=name)
def test_service_when_it_selects_finds_a_workload_with_its_port(service):
    wanted = service["spec"]["selector"].items()
    found = [
        one for one in WORKLOADS if wanted <= one["spec"]["template"]["metadata"]["labels"].items()
    ]
    assert len(found) == 1
    assert found[0]["spec"].get("serviceName", name(service)) == name(service)
    ports = {port["name"] for port in container(found[0])["ports"]}
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


@pytest.mark.parametrize("workload", WORKLOADS, ids=name)
def test_workload_when_it_names_something_finds_it(workload):
    spec, pod = workload["spec"], workload["spec"]["template"]
    if "selector" in spec:
        assert spec["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    maps = {name(one) for one in ALL if one["kind"] == "ConfigMap"}
    volumes = {one["name"]: one for one in pod["spec"].get("volumes", [])}
    claims = {name(one) for one in spec.get("volumeClaimTemplates", [])}
    named = {one["configMap"]["name"] for one in volumes.values()}
    named |= {
        one["configMapRef"]["name"]
        for one in container(workload)["envFrom"]
        if "configMapRef" in one
    }
    assert named <= maps
    mounts = {one["name"] for one in container(workload).get("volumeMounts", [])}
    assert mounts == {*volumes, *claims}


def test_volumes_of_compose_when_mounted_are_declared():
    mounted = {
        volume.partition(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert mounted == set(COMPOSE["volumes"])
