"""The image: rules, each shown red; and that what an engine is sent is a workspace that cargo can build."""

import json
import re
import subprocess

import pytest

from image_rules import RULES, copy_context
from manifest_mutants import image, put
from manifests import ROOT, Manifests

MANIFESTS = Manifests()
MUTANTS = {
    "bases_are_pinned": {
        "no tag": image("cc-debian12:nonroot\n", "cc-debian12\n"),
        "whatever is newest": image("cc-debian12:nonroot\n", "cc-debian12:latest\n"),
    },
    "built_with_our_rust": {
        "another image": image("rust:1.95.0-", "rust:1.94.0-"),
        "another toolchain": image("RUSTUP_TOOLCHAIN=1.95.0", "RUSTUP_TOOLCHAIN=1.94.0"),
    },
    "built_as_released": {
        "newer crates": image("--locked ", ""),
        "for debugging": image("--release ", ""),
        "another program": image("--bin hark ", "--bin load "),
        "another file": image("target/release/hark /out", "target/debug/hark /out"),
    },
    "what_is_copied_is_there": {
        "no source": image("COPY . .", "COPY source ."),
        "not made": image("&& mkdir --mode 0700 /out/data", ""),
    },
    "it_runs_what_was_copied": {
        "elsewhere": image('ENTRYPOINT ["/usr/local/bin/hark"]', 'ENTRYPOINT ["/hark"]'),
        "asks nobody": image('["/usr/local/bin/hark", "health"]', '["/bin/curl", "health"]'),
        "no command": image('CMD ["serve"]', 'CMD ["server"]'),
    },
    "nobody_special_runs_it": {
        "root": image("USER 65532:65532\n", "USER 0:0\n"),
        "a name": image("USER 65532:65532\n", "USER nonroot\n"),
        "nobody said": image("USER 65532:65532\n", ""),
        "a folder of others": image("--chown=65532:65532", "--chown=0:0"),
    },
    "no_secret_is_in_a_layer": {
        "a variable": image("CARGO_INCREMENTAL=0", "CARGO_INCREMENTAL=0 OPENAI_API_KEY=sk"),
        "an argument": image("ARG RUN_IMAGE", "ARG TWILIO_AUTH_TOKEN=x\nARG RUN_IMAGE"),
    },
    "its_settings_are_those_of_the_cluster": {
        "another port": image("HARK_PORT=8080", "HARK_PORT=80"),
        "a misspelt one": image("HARK_LOG_FORMAT=", "HARK_LOG_FORM="),
        "another folder": put("configmap", "data", "HARK_DATA", value="/var/data"),
        "another port told": image("EXPOSE 8080", "EXPOSE 80"),
    },
    "it_is_asked_to_end": {
        "killed": image("STOPSIGNAL SIGTERM", "STOPSIGNAL SIGKILL"),
    },
}
EVERY = [(rule, story, change) for rule, stories in MUTANTS.items() for story, change in stories.items()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_image_keeps(rule):
    assert list(rule(MANIFESTS)) == []


@pytest.mark.parametrize(("rule", "story", "change"), EVERY, ids=[f"{rule}-{story}" for rule, story, _ in EVERY])
def test_a_mutant_turns_its_rule_red_and_no_other(rule, story, change):
    changed = MANIFESTS.copy()
    change(changed)
    assert {each.__name__ for each in RULES if list(each(changed))} == {rule}


def test_every_rule_has_a_mutant():
    assert {rule.__name__ for rule in RULES} == set(MUTANTS)


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    folder = tmp_path_factory.mktemp("context")
    copy_context(folder)
    return folder


def test_what_an_engine_is_sent_is_a_workspace_with_the_program_in_it(context):
    asked = subprocess.run(
        ["cargo", "metadata", "--locked", "--offline", "--no-deps", "--format-version", "1"],  # noqa: S607
        cwd=context,
        capture_output=True,
        text=True,
    )
    assert asked.returncode == 0, asked.stderr
    programs = [
        target["name"]
        for package in json.loads(asked.stdout)["packages"]
        for target in package["targets"]
        if "bin" in target["kind"]
    ]
    assert "hark" in programs


def test_what_the_sources_take_in_is_sent_too(context):
    """Files beside the code that end in the program; tests may take in others."""
    taken = 0
    for source in context.rglob("src/**/*.rs"):
        for name in re.findall(r'include_(?:str|bytes)!\("([^"]+)"\)', source.read_text().split("#[cfg(test)]")[0]):
            taken += 1
            assert (source.parent / name).resolve().is_file(), f"{source.relative_to(context)}: {name}"
    assert taken > 5


def test_nothing_private_is_sent(context):
    assert not [each for each in (".env", ".git", ".hark", "target") if (context / each).exists()]
    assert not list(context.rglob("*.sqlite3"))


def test_the_program_needs_no_library_that_the_image_has_not():
    """What distroless calls cc: the C library, its mathematics, and the unwinder of GCC."""
    needed = subprocess.run(["ldd", ROOT / "target" / "hark"], capture_output=True, text=True, check=True)  # noqa: S607
    names = {line.split()[0].split("/")[-1].split(".so")[0] for line in needed.stdout.splitlines()}
    loader = {"linux-vdso", "ld-linux-x86-64", "ld-linux-aarch64"}
    assert "libc" in names and names <= loader | {"libc", "libm", "libgcc_s"}
