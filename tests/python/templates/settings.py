"""Which settings each function reads, found in its sources and its program, and held against its template."""

import functools
import importlib.util
import re
import tomllib
from importlib.machinery import SourceFileLoader

from deployment import INFRASTRUCTURE, ROOT
from lambda_host import SET_BY_LAMBDA, binary, empty_environment

# Read, but not in the template, on purpose.
LEFT_OUT = {
    "AWS_ENDPOINT_URL": "the stand-in for AWS sets it by itself; on AWS there is none",
    "TWILIO_MESSAGING_BASE_URL": "only `hark doctor` calls it",
}
# A name that is too short to be told from others in a program.
SHORT = 6


def members_of_secrets():
    """The names in secrets, as `secret-store` writes them."""
    loader = SourceFileLoader("secret_store", str(INFRASTRUCTURE / "tools" / "secret-store"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("secret_store", loader))
    loader.exec_module(module)
    return {name for members in (module.REQUIRED, module.OPTIONAL) for names in members.values() for name in names}


def crates_of(function):
    """The folders of the function's own crate, of our crates below it, and so on."""
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    folders = {
        name: ROOT / each["path"] for name, each in manifest["workspace"]["dependencies"].items() if "path" in each
    }
    found, todo = [], [ROOT / function]
    while todo:
        folder = todo.pop()
        if folder not in found:
            found.append(folder)
            needs = tomllib.loads((folder / "Cargo.toml").read_text()).get("dependencies", {})
            todo += [folders[name] for name in needs if name in folders]
    return found


def sources(folder):
    """The Rust files of a crate that are not tests, without comments."""
    for file in sorted((folder / "src").rglob("*.rs")):
        if "tests" not in file.relative_to(folder).as_posix() and "testing" not in file.parts:
            text = file.read_text().split("#[cfg(test)]")[0]
            yield "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))


def names_in(folder):
    """The texts in a crate that look like names of settings."""
    return {name for text in sources(folder) for name in re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"', text)}


def settings_in_example():
    """Every setting that Hark has."""
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


@functools.cache
def read_by(function):
    """The settings that a function reads. A name that no code of the program uses is not in the program."""
    folders = crates_of(function)
    known = (settings_in_example() | set(SET_BY_LAMBDA)) & set().union(*map(names_in, folders))
    program = binary(function).read_bytes()
    own = names_in(folders[0])
    return {name for name in known if (name in own if len(name) < SHORT else name.encode() in program)}


@functools.cache
def demanded_by(function):
    """The settings that a function does not start without; where one of several is enough, these together."""
    said = empty_environment(function).partition("settings: ")[2]
    faults = [(fault, re.findall(r"\b[A-Z][A-Z0-9_]+\b", fault)) for fault in said.split("; ")]
    for fault, names in faults:
        assert names and fault.endswith("set"), f"{function} says what is not understood here: {fault}"
    return [names for _, names in faults]


def disagreements(function, environment):
    """Where a function and the environment in its template disagree."""
    elsewhere = {*SET_BY_LAMBDA, *members_of_secrets()}
    read = read_by(function)
    for names in demanded_by(function):
        if not {*environment, *elsewhere} & set(names):
            yield f"{function} does not start without {' or '.join(names)}, and its template does not set it"
    for name in sorted(set(environment) - read):
        yield f"{function} does not read {name}, which its template sets"
    for name in sorted(read - set(environment) - elsewhere - set(LEFT_OUT)):
        yield f"{function} reads {name}, which its template does not set"
    for name in sorted(elsewhere & set(environment)):
        yield f"{name} of {function} comes from Lambda or from a secret, and not from its template"
