"""What the manifests keep. A rule takes them and answers what is wrong, a line for each finding.

`manifest_mutants.py` shows each of them red.
"""

import functools
import json
import re
import tomllib

import kubernetes_validate

from manifests import FOLDER, LEFT_OUT, ROOT, code, complaint, seconds, settings_in_example

# The newest two of which the schemas are known.
VERSIONS = ("1.36", "1.37")
LEAST = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def valid_for_recent_clusters(manifests):
    """Strictly: a field that is none is a mistake of ours."""
    for name, document in manifests.documents.items():
        if name == "kustomization.yaml":
            continue
        for version in VERSIONS:
            yield from (f"{name} for {version}: {fault}" for fault in _faults(json.dumps(document), version))


@functools.cache
def _faults(document, version):
    try:
        kubernetes_validate.validate(json.loads(document), version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [error.message]
    return []


def everything_is_applied(manifests):
    """What is listed is there, and what is there is listed, but for the example."""
    listed = set(manifests["kustomization"]["resources"])
    there = {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml", LEFT_OUT}
    yield from (f"{name} is listed and not there" for name in listed - there)
    yield from (f"{name} is there and not listed" for name in there - listed)


def one_pod_holds_the_folder(manifests):
    spec = manifests["deployment"]["spec"]
    if spec["replicas"] != 1 or spec["strategy"]["type"] != "Recreate":
        yield "a second pod would wait for the folder in vain"


def the_folder_is_the_volume(manifests):
    claims = {
        each["name"]: each["persistentVolumeClaim"]["claimName"]
        for each in manifests.pod["volumes"]
        if "persistentVolumeClaim" in each
    }
    if set(claims.values()) != {manifests["persistentvolumeclaim"]["metadata"]["name"]}:
        yield f"the volumes {claims} are not the claim"
    for container in manifests.containers:
        mounted = [each["mountPath"] for each in container["volumeMounts"] if each["name"] in claims]
        if mounted != [manifests.config["HARK_DATA"]]:
            yield f"{container['name']} has the volume at {mounted}, and HARK_DATA is {manifests.config['HARK_DATA']}"


def probes_ask_what_is_served(manifests):
    served = set(re.findall(r'\.route\("([^"]+)"', code("cli/src/one_machine/readiness.rs")))
    wanted = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    ports = {each["name"]: each["containerPort"] for each in manifests.hark["ports"]}
    for probe, path in wanted.items():
        asked = manifests.hark.get(probe, {}).get("httpGet", {})
        if path not in served or asked.get("path") != path:
            yield f"{probe} asks {asked.get('path')}, not {path}, which the code serves"
        if str(ports.get(asked.get("port"))) != manifests.config["HARK_PORT"]:
            yield f"{probe} asks at another port than HARK_PORT"
    if manifests.config["HARK_BIND"] != "0.0.0.0":  # noqa: S104
        yield "nobody outside of the pod could ask"


def pods_have_the_least_rights(manifests):
    pod = manifests.pod
    context = pod["securityContext"]
    if context.get("runAsNonRoot") is not True or context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield f"the pod may too much: {context}"
    if pod.get("automountServiceAccountToken") is not False:
        yield "the pod is given a key of the cluster"
    if any(pod.get(each) for each in ("hostNetwork", "hostPID", "hostIPC")):
        yield "the pod sees its host"
    if any("hostPath" in each for each in pod["volumes"]):
        yield "the pod has a folder of its host"
    for container in manifests.containers:
        if container.get("securityContext") != LEAST:
            yield f"{container['name']} may too much: {container.get('securityContext')}"
    labels = manifests["namespace"]["metadata"]["labels"]
    if labels.get("pod-security.kubernetes.io/enforce") != "restricted":
        yield "the cluster does not refuse other pods"


def the_user_is_that_of_the_image(manifests):
    context = manifests.pod["securityContext"]
    ids = {context.get(each) for each in ("runAsUser", "runAsGroup", "fsGroup")}
    users = manifests.instructions("USER")
    if users != [f"{each}:{each}" for each in ids] or ids & {0, None}:
        yield f"the image's user is {users}, the pod's are {ids}"


def the_end_is_waited_for(manifests):
    needed = seconds("cli/src/serve.rs", "PATIENCE") + seconds("cli/src/one_machine/ending.rs", "LAST_ANSWERS")
    given = manifests.pod.get("terminationGracePeriodSeconds", 30)
    if given < needed + 5:
        yield f"hark is killed after {given} s, and may take {needed} s"


def the_services_variables_stay_away(manifests):
    """A service called hark would set HARK_PORT to tcp://..."""
    if manifests.pod.get("enableServiceLinks") is not False:
        yield "the cluster sets variables of its services"


def settings_are_known_and_complete(manifests):
    """Which of them exactly is a test of the program's own: `cli/src/serve/tests.rs`."""
    given = {*manifests.config, *manifests.secret}
    yield from (f"{name} is no setting of Hark" for name in given - settings_in_example())
    yield from (f"{name} stands in both" for name in {*manifests.config} & {*manifests.secret})
    demanded = set(re.findall(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", complaint()))
    yield from (f"{name} is demanded and not given" for name in demanded & settings_in_example() - given)
    sources = [list(each.values())[0]["name"] for each in manifests.hark["envFrom"]]
    if sources != [manifests[each]["metadata"]["name"] for each in ("configmap", "secret.example")]:
        yield f"the program is given {sources}"


def secrets_stand_in_the_secret_only(manifests):
    for name, value in manifests.config.items():
        if re.search(r"(TOKEN|SECRET|API_KEY|SHARED_KEYS)(_PREVIOUS)?$", name) and value is not None:
            yield f"{name} stands where everybody can read it"
    for name, value in manifests.secret.items():
        if value not in ("", "changeme"):
            yield f"the example has a value for {name}"


def hark_does_not_start_with_the_example(manifests):
    """Whoever applies the example as it is learns so, and has no installation that anybody can sign for."""
    said = complaint(**(manifests.config | manifests.secret))
    for name in ("TWILIO_AUTH_TOKEN is a placeholder", "TWILIO_ACCOUNT_SID is not set"):
        if name not in said:
            yield f"it is not told: {name}"
    if "cannot be read as" in said or "must be" in said:
        yield f"a value that stands there is none: {said}"


def requests_reach_the_pod(manifests):
    labels = manifests["deployment"]["spec"]["template"]["metadata"]["labels"]
    selectors = {
        "deployment": manifests["deployment"]["spec"]["selector"]["matchLabels"],
        "service": manifests["service"]["spec"]["selector"],
        "networkpolicy": manifests["networkpolicy"]["spec"]["podSelector"]["matchLabels"],
    }
    yield from (f"the {name} is for other pods" for name, selector in selectors.items() if selector != labels)
    port = manifests.hark["ports"][0]["name"]
    if manifests["service"]["spec"]["ports"][0]["targetPort"] != port:
        yield "the service leads to another port"
    if manifests["networkpolicy"]["spec"]["ingress"][0]["ports"][0]["port"] != port:
        yield "the policy lets nobody in"
    spec = manifests["ingress"]["spec"]
    backend = spec["rules"][0]["http"]["paths"][0]["backend"]["service"]
    service = manifests["service"]
    if backend != {"name": service["metadata"]["name"], "port": {"name": service["spec"]["ports"][0]["name"]}}:
        yield "the ingress leads to another service"
    hosts = {spec["rules"][0]["host"], *spec["tls"][0]["hosts"]}
    if {f"https://{host}" for host in hosts} != {manifests.config["PUBLIC_BASE_URL"]}:
        yield f"the ingress is at {hosts}, and Twilio signs {manifests.config['PUBLIC_BASE_URL']}"


def files_of_the_panel_get_in(manifests):
    largest = int(re.search(r"MAX_FILE: usize = (\d+) \* 1_024 \* 1_024;", code("shared/src/domain/letter.rs"))[1])
    limit = manifests["ingress"]["metadata"].get("annotations", {}).get("nginx.ingress.kubernetes.io/proxy-body-size")
    if limit is None or int(limit.removesuffix("m")) <= largest:
        yield f"the ingress takes bodies of {limit}, and the panel files of {largest} MB"


def pods_are_bounded(manifests):
    for container in manifests.containers:
        resources = container.get("resources", {})
        if not {"cpu", "memory"} <= set(resources.get("requests", {})) or "memory" not in resources.get("limits", {}):
            yield f"{container['name']} may take all of its node"
    for volume in manifests.pod["volumes"]:
        if "emptyDir" in volume and not volume["emptyDir"].get("sizeLimit"):
            yield f"{volume['name']} may fill the node's disk"


def the_image_is_of_this_version(manifests):
    (image,) = manifests["kustomization"]["images"]
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    if image["newTag"] != version:
        yield f"the image is {image['newTag']}, and Hark is {version}"
    for container in manifests.containers:
        if container["image"] != f"{image['name']}:{version}":
            yield f"{container['name']} has an image that the kustomization does not name"


def all_of_it_lies_in_its_namespace(manifests):
    namespace = manifests["namespace"]["metadata"]["name"]
    if manifests["kustomization"]["namespace"] != namespace:
        yield "the kustomization puts it elsewhere"
    for name, document in manifests.documents.items():
        if name not in ("namespace.yaml", "kustomization.yaml") and document["metadata"]["namespace"] != namespace:
            yield f"{name} lies elsewhere"


def inner_addresses_are_out_of_reach(manifests):
    web = [
        peer["ipBlock"]
        for rule in manifests["networkpolicy"]["spec"]["egress"]
        for peer in rule["to"]
        if peer.get("ipBlock", {}).get("cidr") in ("0.0.0.0/0", "::/0")
    ]
    inner = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"}
    if len(web) != 2 or not inner <= {each for block in web for each in block.get("except", [])}:
        yield "Hark could be led to inner addresses"


RULES = (
    valid_for_recent_clusters,
    everything_is_applied,
    one_pod_holds_the_folder,
    the_folder_is_the_volume,
    probes_ask_what_is_served,
    pods_have_the_least_rights,
    the_user_is_that_of_the_image,
    the_end_is_waited_for,
    the_services_variables_stay_away,
    settings_are_known_and_complete,
    secrets_stand_in_the_secret_only,
    hark_does_not_start_with_the_example,
    requests_reach_the_pod,
    files_of_the_panel_get_in,
    pods_are_bounded,
    the_image_is_of_this_version,
    all_of_it_lies_in_its_namespace,
    inner_addresses_are_out_of_reach,
)
