"""The documented differences between Hark and Twilio's libraries, each told by the case alone: by what was signed and
what arrived.

README.md says what each is about; a difference that has no name here fails the run.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cases import suffix, utf16_suffix
from urls import hark_forms, node_forms, python_forms, without_empty_parameters
from verdicts import ACCEPT, ERROR, REFUSE, as_text, beyond_limits, hashes, is_hashed, python_hash

PYTHON, NODE, INCOMING = "python", "node", "node-incoming"
ALL, BOTH_NODE = (PYTHON, NODE, INCOMING), (NODE, INCOMING)


@dataclass(frozen=True)
class Difference:
    """Where one of these libraries says this, and Hark does not."""

    name: str
    libraries: tuple
    says: str
    holds: Callable


def signed(case):
    return case.signed.url


def url(case):
    return case.request.url


def is_form(case):
    return case.request.kind == "form"


def has_capitals(case):
    return url(case).scheme != url(case).kind


def signed_as_written(case):
    return signed(case).startswith(f"{url(case).scheme}:")


def has_empty_parameters(case):
    return without_empty_parameters(url(case)) != url(case)


def loses_port_wrongly(case):
    return bool(url(case).port) and (":" in url(case).user or url(case).host.startswith("["))


def signed_without_port(case):
    return not signed(case).startswith(str(url(case).having(path="", query=None)))


def other_apostrophes(case):
    """Signed with the apostrophes that the URL has not."""
    return signed(case) in hark_forms(url(case)) and signed(case).partition("?")[2] != (url(case).query or "")


def wss_port(case, port):
    beginning = str(url(case).having(port=port, path="", query=None))
    return url(case).kind == "wss" and not url(case).port and signed(case).lower().startswith(beginning.lower())


def no_text(case):
    """Bytes that are no UTF-8, in a field or a body."""
    if is_form(case):
        return as_text(case) != case.request.fields
    try:
        case.request.body.decode()
    except UnicodeDecodeError:
        return True
    return False


def sorts_otherwise(case):
    """UTF-16 units are in another order than code points."""
    return is_form(case) and utf16_suffix(case.request.fields) != suffix(as_text(case))


def only_whatwg(case):
    return signed(case) in node_forms(url(case)) and signed(case) not in hark_forms(url(case))


def only_tidied(case):
    return signed(case) in python_forms(url(case)) and signed(case) not in hark_forms(url(case))


def names_hash(case):
    return "bodySHA256" in str(url(case))


def by_word(case):
    """A form signed by its fields, whose URL has the word bodySHA256."""
    return is_form(case) and names_hash(case) and not is_hashed(case)


def told(case):
    return python_hash(case) is not None


DIFFERENCES = [
    # What arrives.
    Difference("no-header", (PYTHON,), ERROR, lambda case: not case.signatures),
    Difference("no-hash", (PYTHON,), ERROR, lambda case: not is_form(case) and case.request.body and not told(case)),
    Difference("limits", ALL, ACCEPT, lambda case: beyond_limits(case.request)),
    # Keys.
    Difference("shared-key", BOTH_NODE, REFUSE, lambda case: case.signed.algorithm == "sha256"),
    Difference(
        "shared-key-sha1",
        BOTH_NODE,
        ACCEPT,
        lambda case: (case.told, case.signed.algorithm, case.signed.secret) == ("shared", "sha1", case.shared),
    ),
    Difference("told-key", ALL, REFUSE, lambda case: (case.signed.algorithm == "sha256") != (case.told == "shared")),
    # Bodies.
    Difference("no-text", ALL, REFUSE, no_text),
    Difference("no-text", ALL, ACCEPT, no_text),
    Difference("utf16-order", BOTH_NODE, REFUSE, sorts_otherwise),
    Difference("utf16-order", BOTH_NODE, ACCEPT, sorts_otherwise),
    Difference("hashed-form", (PYTHON, NODE), REFUSE, lambda case: is_form(case) and is_hashed(case)),
    Difference("hash-word", (INCOMING,), REFUSE, by_word),
    Difference("two-hashes", ALL, ACCEPT, lambda case: len(hashes(case)) > 1),
    Difference("escaped-hash", ALL, ACCEPT, lambda case: told(case) and python_hash(case) not in hashes(case)),
    Difference(
        "empty-body", (PYTHON,), ACCEPT, lambda case: not is_form(case) and not case.request.body and not told(case)
    ),
    Difference("empty-as-braces", (INCOMING,), ACCEPT, lambda case: not case.request.body and names_hash(case)),
    Difference("empty-as-braces", (INCOMING,), REFUSE, lambda case: not case.request.body and names_hash(case)),
    Difference("uncovered", (INCOMING,), ACCEPT, lambda case: not is_form(case) and not names_hash(case)),
    # URLs.
    Difference("scheme", (PYTHON,), REFUSE, lambda case: has_capitals(case) and signed_as_written(case)),
    Difference("scheme", (PYTHON,), ACCEPT, lambda case: has_capitals(case) and not signed_as_written(case)),
    Difference("empty-query", (PYTHON,), REFUSE, lambda case: url(case).query == "" and signed(case).endswith("?")),
    Difference("empty-query", (PYTHON,), ACCEPT, lambda case: url(case).query == "" and "?" not in signed(case)),
    Difference("empty-parameters", (PYTHON,), REFUSE, has_empty_parameters),
    Difference("empty-parameters", (PYTHON,), ACCEPT, lambda case: has_empty_parameters(case) and only_tidied(case)),
    Difference("first-colon", (PYTHON,), REFUSE, lambda case: loses_port_wrongly(case) and signed_without_port(case)),
    Difference("first-colon", (PYTHON,), ACCEPT, lambda case: loses_port_wrongly(case) and only_tidied(case)),
    Difference("wss-port", ALL, REFUSE, lambda case: wss_port(case, ":443")),
    Difference("wss-port", ALL, ACCEPT, lambda case: wss_port(case, ":80")),
    Difference("apostrophe", ALL, REFUSE, other_apostrophes),
    Difference("whatwg", BOTH_NODE, ACCEPT, only_whatwg),
]


def name_of(case, library, says):
    """The documented difference, or None."""
    for difference in DIFFERENCES:
        if library in difference.libraries and says == difference.says and difference.holds(case):
            return difference.name
    return None
