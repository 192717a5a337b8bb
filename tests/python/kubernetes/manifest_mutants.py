"""Changes of the manifests, each of which one rule must notice, and it alone: rule, story, change."""


def put(name, *path, value):
    """A change that puts a value at a path of a manifest."""

    def change(manifests):
        *way, last = path
        at = manifests[name]
        for step in way:
            at = at[step]
        at[last] = value

    return change


def out(name, *path):
    """A change that takes something out of a manifest."""

    def change(manifests):
        *way, last = path
        at = manifests[name]
        for step in way:
            at = at[step]
        del at[last]

    return change


def image(old, new):
    """A change of the Dockerfile."""

    def change(manifests):
        assert old in manifests.dockerfile
        manifests.dockerfile = manifests.dockerfile.replace(old, new)

    return change


POD = ("spec", "template", "spec")
HARK = (*POD, "containers", 0)
FIRST = (*POD, "initContainers", 0)
PEERS = ("spec", "egress", 1, "to")

MUTANTS = {
    "valid_for_recent_clusters": {
        "a field that is none": put("deployment", *HARK, "livenessprobe", value={}),
        "no number of pods": put("deployment", "spec", "replicas", value=True),
    },
    "everything_is_applied": {
        "a file too many": put("kustomization", "resources", 1, value="config.yaml"),
        "a file forgotten": out("kustomization", "resources", 2),
        "the example": lambda manifests: manifests["kustomization"]["resources"].append("secret.example.yaml"),
    },
    "one_pod_holds_the_folder": {
        "two": put("deployment", "spec", "replicas", value=2),
        "the new one first": put("deployment", "spec", "strategy", value={"type": "RollingUpdate"}),
    },
    "the_folder_is_the_volume": {
        "mounted elsewhere": put("deployment", *HARK, "volumeMounts", 0, "mountPath", value="/var/data"),
        "not for the first people": out("deployment", *FIRST, "volumeMounts", 0),
        "another claim": put("persistentvolumeclaim", "metadata", "name", value="other"),
    },
    "probes_ask_what_is_served": {
        "restarted while a dependency is away": put(
            "deployment", *HARK, "livenessProbe", "httpGet", "path", value="/readyz"
        ),
        "no path": put("deployment", *HARK, "readinessProbe", "httpGet", "path", value="/ready"),
        "none": out("deployment", *HARK, "startupProbe"),
        "another port": put("deployment", *HARK, "ports", 0, "containerPort", value=8081),
        "for the pod alone": put("configmap", "data", "HARK_BIND", value="127.0.0.1"),
    },
    "pods_have_the_least_rights": {
        "root": put("deployment", *POD, "securityContext", "runAsNonRoot", value=False),
        "all system calls": out("deployment", *POD, "securityContext", "seccompProfile"),
        "a key of the cluster": out("deployment", *POD, "automountServiceAccountToken"),
        "its host's network": put("deployment", *POD, "hostNetwork", value=True),
        "its host's disk": put("deployment", *POD, "volumes", 2, value={"name": "tmp", "hostPath": {"path": "/var"}}),
        "more later": put(
            "deployment",
            *HARK,
            "securityContext",
            value={"readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
        ),
        "a program that is written over": put(
            "deployment",
            *FIRST,
            "securityContext",
            value={"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        ),
        "any pod": out("namespace", "metadata", "labels", "pod-security.kubernetes.io/enforce"),
    },
    "the_user_is_that_of_the_image": {
        "another group": put("deployment", *POD, "securityContext", "fsGroup", value=1000),
        "another user of the image": image("USER 65532:65532", "USER 1000:1000"),
        "a name": image("USER 65532:65532", "USER nonroot"),
    },
    "the_end_is_waited_for": {
        "the usual time": out("deployment", *POD, "terminationGracePeriodSeconds"),
    },
    "the_services_variables_stay_away": {
        "as usual": out("deployment", *POD, "enableServiceLinks"),
    },
    "settings_are_known_and_complete": {
        "a misspelt one": put("configmap", "data", "HARK_DATA_DIR", value="/data"),
        "one forgotten": out("configmap", "data", "TWILIO_SMS_NUMBER"),
        "in both": put("secret.example", "stringData", "AI", value=""),
        "without the secret": out("deployment", *HARK, "envFrom", 1),
        "another secret": put("deployment", *HARK, "envFrom", 1, "secretRef", "name", value="twilio"),
    },
    "secrets_stand_in_the_secret_only": {
        "a real one": put("secret.example", "stringData", "OPENAI_API_KEY", value="sk-0123456789"),
    },
    "hark_does_not_start_with_the_example": {
        "an account that could be one": put("configmap", "data", "TWILIO_ACCOUNT_SID", value="AC123"),
        "no number": put("configmap", "data", "HARK_SENDER_PER_HOUR", value="sixty"),
        "no form of the log": put("configmap", "data", "HARK_LOG_FORMAT", value="xml"),
    },
    "requests_reach_the_pod": {
        "a service of others": put("service", "spec", "selector", value={"app": "other"}),
        "a policy of others": put("networkpolicy", "spec", "podSelector", "matchLabels", value={"app": "other"}),
        "another port": put("service", "spec", "ports", 0, "targetPort", value="https"),
        "a closed door": put("networkpolicy", "spec", "ingress", 0, "ports", 0, "port", value=9090),
        "an ingress to others": put(
            "ingress", "spec", "rules", 0, "http", "paths", 0, "backend", "service", "name", value="other"
        ),
        "another host": put("ingress", "spec", "rules", 0, "host", value="other.example.com"),
        "no certificate": put("ingress", "spec", "tls", 0, "hosts", value=["other.example.com"]),
        "Twilio told otherwise": put("configmap", "data", "PUBLIC_BASE_URL", value="https://other.example.com"),
    },
    "files_of_the_panel_get_in": {
        "the usual limit": out("ingress", "metadata", "annotations"),
    },
    "pods_are_bounded": {
        "no limit": put("deployment", *HARK, "resources", value={"requests": {"cpu": "1", "memory": "1Gi"}}),
        "the node's disk": put("deployment", *POD, "volumes", 2, "emptyDir", value={}),
    },
    "the_image_is_of_this_version": {
        "whatever is newest": put("kustomization", "images", 0, "newTag", value="latest"),
        "another one": put("deployment", *HARK, "image", value="hark"),
    },
    "all_of_it_lies_in_its_namespace": {
        "one that everybody uses": put("kustomization", "namespace", value="default"),
        "a part elsewhere": put("configmap", "metadata", "namespace", value="default"),
    },
    "inner_addresses_are_out_of_reach": {
        "the cloud's own": put("networkpolicy", *PEERS, 0, "ipBlock", "except", value=["10.0.0.0/8"]),
    },
}
