"""What the Dockerfile keeps, as far as it can be told without an engine: none runs where the tests do."""

import fnmatch
import re
import shutil
import subprocess
import tomllib

from manifests import ROOT, settings_in_example

IGNORED = [
    line.strip()
    for line in (ROOT / ".dockerignore").read_text().splitlines()
    if line.strip() and not line.startswith("#")
]


def bases_are_pinned(manifests):
    """By a tag that says what it is, or by a digest."""
    arguments = dict(each.split("=", 1) for each in manifests.instructions("ARG"))
    for stage in manifests.instructions("FROM"):
        named = stage.split()[0]
        base = re.sub(r"\$\{(\w+)\}", lambda argument: arguments[argument[1]], named)
        if "@sha256:" not in base and not re.search(r"/[\w.-]+:(?!latest)[\w.-]+$", base):
            yield f"{base} may be anything"


def built_with_our_rust(manifests):
    channel = tomllib.loads((ROOT / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    tags = re.findall(r"rust:([\d.]+)-", manifests.dockerfile)
    told = re.findall(r"RUSTUP_TOOLCHAIN=([\d.]+)", manifests.dockerfile)
    if tags != [channel] or told != [channel]:
        yield f"the image is built with {tags} and {told}, everything else with {channel}"


def built_as_released(manifests):
    (build,) = (each for each in manifests.instructions("RUN") if "cargo build" in each)
    manifest = tomllib.loads((ROOT / "cli" / "Cargo.toml").read_text())
    package, binaries = manifest["package"]["name"], [each["name"] for each in manifest["bin"]]
    for needed in ("--locked", "--release", f"--package {package}", *(f"--bin {name}" for name in binaries)):
        if not re.search(rf"{needed}(\s|$)", build):
            yield f"it is not built with {needed}"
    if f" target/release/{binaries[0]} /out/{binaries[0]}" not in build:
        yield "another file is put aside than the one that is built"


def what_is_copied_is_there(manifests):
    made = " ".join(manifests.instructions("RUN"))
    for copied in manifests.instructions("COPY"):
        words = [word for word in copied.split() if not word.startswith("--")]
        for source in words[:-1]:
            from_build = "--from=build" in copied
            if not (source in made.split() if from_build else (ROOT / source).exists()):
                yield f"{source} is not there to be copied"


def it_runs_what_was_copied(manifests):
    programs = {words.split()[-1] for words in manifests.instructions("COPY") if "/out/hark" in words}
    entry = re.findall(r'"([^"]+)"', manifests.instructions("ENTRYPOINT")[0])
    health = re.findall(r'"([^"]+)"', manifests.instructions("HEALTHCHECK")[0])
    if {entry[0], health[0]} != programs:
        yield f"it runs {entry} and asks {health}, and the program is at {programs}"
    commands = set(re.findall(r"Command::(\w+)", (ROOT / "cli/src/command.rs").read_text()))
    runs = re.findall(r'"([^"]+)"', manifests.instructions("CMD")[0])
    yield from (f"hark has no {each}" for each in (runs[0], health[1]) if each.capitalize() not in commands)


def nobody_special_runs_it(manifests):
    users = manifests.instructions("USER")
    if len(users) != 1 or not re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[0]):
        yield f"it runs as {users}, which a cluster cannot tell from root"
    owners = re.findall(r"--chown=(\S+) \S+ /data", manifests.dockerfile)
    if owners != users:
        yield f"the folder is {owners}', and the program runs as {users}"


def no_secret_is_in_a_layer(manifests):
    for instruction in ("ENV", "ARG"):
        for said in manifests.instructions(instruction):
            names = re.findall(r"([A-Z][A-Z0-9_]*)=", said)
            yield from (f"{name} would be in the image" for name in names if name in manifests.secret)
    for name in (".env", ".hark", ".git"):
        if name not in IGNORED:
            yield f"{name} would be sent to the engine"


def its_settings_are_those_of_the_cluster(manifests):
    said = manifests.instructions("ENV")[-1]
    for name, value in (each.split("=", 1) for each in said.split()):
        if name not in settings_in_example() or manifests.config.get(name) != value:
            yield f"{name} is {value} in the image, and {manifests.config.get(name)} in the cluster"
    volume = re.findall(r'"([^"]+)"', manifests.instructions("VOLUME")[0])
    if volume != [manifests.config["HARK_DATA"]]:
        yield f"the volume is {volume}"
    if manifests.instructions("EXPOSE") != [manifests.config["HARK_PORT"]]:
        yield "another port is told than the one that is listened on"


def it_is_asked_to_end(manifests):
    if manifests.instructions("STOPSIGNAL") != ["SIGTERM"]:
        yield "it ends at SIGTERM"


RULES = (
    bases_are_pinned,
    built_with_our_rust,
    built_as_released,
    what_is_copied_is_there,
    it_runs_what_was_copied,
    nobody_special_runs_it,
    no_secret_is_in_a_layer,
    its_settings_are_those_of_the_cluster,
    it_is_asked_to_end,
)


def is_ignored(path):
    """As an engine reads .dockerignore, as far as ours goes: a path, a pattern for a name, or `**/` for any depth."""
    for pattern in IGNORED:
        if pattern.startswith("**/"):
            if any(fnmatch.fnmatchcase(part, pattern[3:]) for part in path.parts):
                return True
        else:
            depth = len(pattern.split("/"))
            if fnmatch.fnmatchcase("/".join(path.parts[:depth]), pattern) and len(path.parts) >= depth:
                return True
    return False


def copy_context(to):
    """What an engine is sent of the files that are in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        source = ROOT / name
        if source.is_file() and not is_ignored(source.relative_to(ROOT)):
            target = to / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
