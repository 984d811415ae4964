"""Manifests by themselves: their schemas, their rights, and names that must fit each other."""

import json

import jsonschema
import kubernetes_validate
import yaml

from deployed.manifests import DEPLOY, ROOT, WITH_SCHEMA, check, documents, manifests, pods


def lint():
    sets = manifests()
    validate_core(sets)
    for place, group in sets.items():
        for document in group:
            if document["kind"] in WITH_SCHEMA:
                schema = json.loads((DEPLOY / f"schemas/{document['kind']}.json").read_text())
                for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
                    check(False, f"{place}, {document['kind']}", f"{error.json_path}: {error.message}")
            for pod in pods(document):
                hardened(f"{place}, {document['kind']}", pod["spec"])
        fit_together(place, group)
    runtime, service = (documents(DEPLOY / f"kserve/{name}.yaml")[0] for name in ("serving-runtime", "inference-service"))
    model = service["spec"]["predictor"]["model"]
    check(model["runtime"] == runtime["metadata"]["name"], "deploy/kserve", "the service names another runtime")
    formats = [{"name": form["name"], "version": form["version"]} for form in runtime["spec"]["supportedModelFormats"]]
    check(model["modelFormat"] in formats, "deploy/kserve", f"the runtime has no format {model['modelFormat']}")
    check(model["protocolVersion"] in runtime["spec"]["protocolVersions"], "deploy/kserve", "the runtime does not speak the protocol")
    stack()


def validate_core(sets):
    """Kinds of Kubernetes itself against its schemas; the containers of a ServingRuntime as those of a pod."""
    for place, group in sets.items():
        for document in group:
            if document["kind"] == "ServingRuntime":
                spec = {"containers": document["spec"]["containers"]}
                document = {"apiVersion": "v1", "kind": "Pod", "metadata": document["metadata"], "spec": spec}
            elif document["kind"] in WITH_SCHEMA:
                continue
            try:
                kubernetes_validate.validate(document, "1.37", strict=True)
            except kubernetes_validate.ValidationError as error:
                check(False, f"{place}, {document['kind']}", str(error).splitlines()[0])


def hardened(place, spec):
    """Pods run without rights and write nowhere but to volumes."""
    whole = spec.get("securityContext", {})
    for container in spec["containers"]:
        own = container.get("securityContext", {})
        check(own.get("readOnlyRootFilesystem") is True, place, "the root file system is not read only")
        check(own.get("allowPrivilegeEscalation") is False, place, "privileges may be gained")
        check(own.get("capabilities", {}).get("drop") == ["ALL"], place, "capabilities are kept")
        check({**whole, **own}.get("runAsNonRoot") is True, place, "it may run as root")
        check(container.get("resources", {}).get("limits", {}).get("memory"), place, "memory has no limit")


def matches(selector, labels):
    return all(labels.get(key) == value for key, value in selector.items())


def fit_together(place, group):
    """Selectors find pods, ports have names, what is named is there."""
    of_kind = lambda kind: [document for document in group if document["kind"] == kind]
    templates = [pod for document in of_kind("Deployment") for pod in pods(document)]
    labels = [pod["metadata"]["labels"] for pod in templates]
    ports = {port["name"] for pod in templates for one in pod["spec"]["containers"] for port in one["ports"]}
    for document in of_kind("Deployment"):
        for one in pods(document)[0]["spec"]["containers"]:
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                check(probe in one, place, f"there is no {probe}")
                check(one.get(probe, {}).get("httpGet", {}).get("port") in ports, place, f"{probe} asks a port that is not there")
            mounts = {mount["name"] for mount in one.get("volumeMounts", [])}
            check(mounts == {volume["name"] for volume in pods(document)[0]["spec"].get("volumes", [])}, place, "mounts are not the volumes")
    selectors = [document["spec"]["selector"] for document in of_kind("Service")]
    selectors += [document["spec"]["selector"]["matchLabels"] for document in of_kind("PodDisruptionBudget")]
    selectors += [document["spec"]["podSelector"]["matchLabels"] for document in of_kind("NetworkPolicy")]
    for selector in selectors:
        check(any(matches(selector, own) for own in labels), place, f"{selector} finds no pod")
    named = [port["targetPort"] for document in of_kind("Service") for port in document["spec"]["ports"]]
    named += [port["port"] for document in of_kind("NetworkPolicy") for rule in document["spec"]["ingress"] for port in rule["ports"]]
    for port in named:
        check(port in ports, place, f"no container has the port {port}")
    for scaler in of_kind("HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]["name"]
        check(any(document["metadata"]["name"] == target for document in of_kind("Deployment")), place, f"there is no {target} to scale")
        check(any("replicas" not in document["spec"] for document in of_kind("Deployment")), place, "replicas are set beside the autoscaler")
    for monitor in of_kind("ServiceMonitor"):
        found = [one for one in of_kind("Service") if matches(monitor["spec"]["selector"]["matchLabels"], one["metadata"]["labels"])]
        check(len(found) == 1, place, f"the monitor finds {len(found)} services")
        known = {port["name"] for one in found for port in one["spec"]["ports"]}
        check(all(end["port"] in known for end in monitor["spec"]["endpoints"]), place, "the monitor asks a port that is not there")
        job = {one["metadata"]["labels"].get(monitor["spec"].get("jobLabel")) for one in found}
        check(job == {"canopy"}, place, f"the job is {job}, the alerts expect canopy")


def stack():
    """The files that docker-compose.stack.yaml mounts are there, and what is named in them is in it."""
    place = "docker-compose.stack.yaml"
    services = yaml.safe_load((ROOT / place).read_text())["services"]
    for service in services.values():
        for volume in service.get("volumes", []):
            if volume.startswith("./"):
                check((ROOT / volume.split(":")[0]).exists(), place, f"{volume} is not there")
    scraped = yaml.safe_load((DEPLOY / "observability/stack/prometheus.yml").read_text())
    target = scraped["scrape_configs"][0]["static_configs"][0]["targets"][0]
    name, port = target.split(":")
    admin = services[name]["environment"]["ADMIN_BIND"]
    check(admin.endswith(f":{port}") and scraped["scrape_configs"][0]["job_name"] == "canopy", place, f"{target} is not the admin address")
    source = yaml.safe_load((DEPLOY / "observability/stack/grafana/datasources/prometheus.yml").read_text())
    [source] = source["datasources"]
    check(source["type"] == "prometheus" and source["url"] == "http://prometheus:9090", place, "Grafana asks another address")
    provider = yaml.safe_load((DEPLOY / "observability/stack/grafana/dashboards/canopy.yml").read_text())
    path = provider["providers"][0]["options"]["path"]
    check(any(f":{path}/" in volume for volume in services["grafana"]["volumes"]), place, "no dashboard is mounted where Grafana looks")
