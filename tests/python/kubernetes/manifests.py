"""The manifests of the cluster, the Dockerfile, and what the code says of both."""

import copy
import functools
import pathlib
import re
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDER = ROOT / "infrastructure" / "kubernetes"
# Beside the kustomization on purpose: what it holds is made by whoever installs.
LEFT_OUT = "secret.example.yaml"


class Manifests:
    """Documents by the name of their file, and the files that lie in the folder."""

    def __init__(self):
        self.documents = {file.name: yaml.safe_load(file.read_text()) for file in FOLDER.glob("*.yaml")}
        self.dockerfile = (ROOT / "Dockerfile").read_text()

    def copy(self):
        """For a change."""
        return copy.deepcopy(self)

    def __getitem__(self, name):
        """A manifest by its name."""
        return self.documents[f"{name}.yaml"]

    @property
    def pod(self):
        """What runs."""
        return self["deployment"]["spec"]["template"]["spec"]

    @property
    def hark(self):
        """The container of the program."""
        return self.pod["containers"][0]

    @property
    def containers(self):
        """All, with those that run first."""
        return [*self.pod["containers"], *self.pod.get("initContainers", [])]

    @property
    def config(self):
        """The settings that everybody may read."""
        return self["configmap"]["data"]

    @property
    def secret(self):
        """The others."""
        return self["secret.example"]["stringData"]

    def instructions(self, name):
        """What follows an instruction of the Dockerfile, each time that it stands there."""
        joined = re.sub(r"\\\n\s*", " ", self.dockerfile)
        return re.findall(rf"^{name}\s+(.+)$", joined, re.MULTILINE)


def code(path):
    return (ROOT / path).read_text().split("#[cfg(test)]")[0]


def seconds(path, name):
    return int(re.search(rf"{name}: Duration = Duration::from_secs\((\d+)\);", code(path))[1])


def settings_in_example():
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


@functools.cache
def complaint(**settings):
    """What `hark serve` says when it does not start with these settings."""
    hark = ROOT / "target" / "hark"
    assert hark.exists(), "run `make build` first"
    ended = subprocess.run([hark, "serve"], env=settings, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1, ended
    return ended.stderr
