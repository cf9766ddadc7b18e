"""What is deployed fits the program: commands, settings, probes, metrics and pages exist."""

import json
import re

import pytest
import yaml
from typer.main import get_command

from flows.commands import bases, db, run, topics
from flows.options import FlowSettings
from schemas.telemetry import METRICS
from tests.docs.pages import ROOT

DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
APPS = {"run": run.app, "topics": topics.app, "db": db.app, "bases": bases.app}
SETTINGS = {f"HIGHWATER_{name.upper()}" for name in FlowSettings.model_fields}
METRIC = re.compile(r"\bhighwater_[a-z_]+")
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def objects():
    return [(path.name, one) for path in MANIFESTS for one in yaml.safe_load_all(path.read_text())]


def containers():
    for _, one in objects():
        template = one.get("spec", {}).get("template", {})
        yield from template.get("spec", {}).get("containers", [])


def composed():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def check_command(arguments):
    """Every command and option of a command line exists."""
    name, sub, *rest = arguments
    made = get_command(APPS[name])
    options = getattr(made, "commands", {sub: made})[sub].params
    known = {text for option in options for text in option.opts}
    assert {one for one in rest if one.startswith("--")} <= known


@pytest.mark.parametrize("arguments", [one["args"] for one in containers()], ids=" ".join)
def test_command_when_in_a_manifest_exists(arguments):
    check_command(arguments)


@pytest.mark.parametrize("name", [name for name, one in composed().items() if "command" in one])
def test_command_when_composed_exists(name):
    check_command([str(part) for part in composed()[name]["command"]])


def test_manifests_when_read_are_whole():
    kinds = {"ConfigMap": "v1", "Service": "v1", "Deployment": "apps/v1", "StatefulSet": "apps/v1"}
    kinds["Job"] = "batch/v1"
    names = set()
    for _, one in objects():
        assert one["apiVersion"] == kinds[one["kind"]]
        assert (one["kind"], one["metadata"]["name"]) not in names
        names.add((one["kind"], one["metadata"]["name"]))
        if one["kind"] in {"Deployment", "StatefulSet"}:
            assert (
                one["spec"]["selector"]["matchLabels"]
                == (one["spec"]["template"]["metadata"]["labels"])
            )
        if one["kind"] == "StatefulSet":
            assert ("Service", one["spec"]["serviceName"]) in names | {
                (other["kind"], other["metadata"]["name"]) for _, other in objects()
            }


def test_probes_when_named_are_served_at_a_declared_port():
    for one in containers():
        ports = {port["name"] for port in one.get("ports", [])}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe in one:
                asked = one[probe]["httpGet"]
                assert asked["path"] in {"/healthz", "/readyz"}
                assert asked["port"] in ports


def test_volumes_when_mounted_exist():
    for _, one in objects():
        pod = one.get("spec", {}).get("template", {}).get("spec", {})
        claims = one.get("spec", {}).get("volumeClaimTemplates", [])
        there = {volume["name"] for volume in pod.get("volumes", [])}
        there |= {claim["metadata"]["name"] for claim in claims}
        for container in pod.get("containers", []):
            assert {mount["name"] for mount in container.get("volumeMounts", [])} <= there


def test_settings_when_deployed_exist():
    config = next(one["data"] for _, one in objects() if one["metadata"]["name"] == "highwater")
    assert config.keys() <= SETTINGS
    for service in composed().values():
        given = service.get("environment", {})
        assert {name for name in given if name.startswith("HIGHWATER_")} <= SETTINGS


def test_services_when_composed_are_never_both_included_and_changed():
    document = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    for path in document.get("include", []):
        included = yaml.safe_load((DEPLOY / path).read_text())["services"]
        assert not included.keys() & document["services"].keys()
    for name, service in document["services"].items():
        if "extends" in service:
            extended = (DEPLOY / service["extends"]["file"]).read_text()
            assert name in yaml.safe_load(extended)["services"]


def test_risk_when_composed_has_a_folder_of_its_own_and_whole_partitions():
    risks = [one for one in composed().values() if one.get("command", [])[:2] == ["run", "risk"]]
    folders = [volume.split(":")[0] for one in risks for volume in one["volumes"]]
    ranges = {one["command"][one["command"].index("--key-groups") + 1] for one in risks}
    assert len(set(folders)) == len(risks)
    for service in composed().values():
        if "command" in service:
            assert service["environment"]["HIGHWATER_OUTPUT_PARTITIONS"] == str(len(ranges))


def test_metrics_when_shown_or_alerted_on_are_served():
    panels = json.loads((DEPLOY / "grafana" / "highwater.json").read_text())["panels"]
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    asked += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    named = {SUFFIX.sub("", name) for text in asked for name in METRIC.findall(text)}
    assert named <= set(METRICS)
    assert len(panels) == len({panel["id"] for panel in panels})


def test_alerts_when_raised_name_a_section_of_the_run_book():
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    page = (ROOT / "docs" / "operations.md").read_text()
    sections = {
        re.sub(r"[^a-z0-9 -]", "", line.strip("# ").lower()).replace(" ", "-")
        for line in page.splitlines()
        if line.startswith("#")
    }
    for group in rules["groups"]:
        for rule in group["rules"]:
            path, _, section = rule["annotations"]["runbook"].partition("#")
            assert (path, section in sections) == ("docs/operations.md", True), section
