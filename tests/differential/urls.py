"""URLs as they are written, and the forms of one that each verifier tries.

Hark's are the rule (README.md); those of the two libraries say what they were seen and read to do, so that a difference
can be foretold and a new one noticed.
"""

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote_to_bytes


@dataclass(frozen=True)
class Url:
    """A URL in parts that make the whole when they are put together again; `user` ends with its @."""

    scheme: str
    user: str
    host: str
    port: str
    path: str
    query: str | None

    def __str__(self):
        """The whole, as it was written."""
        query = "" if self.query is None else f"?{self.query}"
        return f"{self.scheme}://{self.user}{self.host}{self.port}{self.path}{query}"

    def having(self, **parts):
        """The same URL with other parts."""
        return replace(self, **parts)

    @property
    def kind(self):
        """The scheme, whatever its letters."""
        return self.scheme.lower()


def with_ports(url, standard):
    """As it is, and with its port or the standard one left out or added."""
    return [url, url.having(port="" if url.port else standard)]


def apostrophes(query):
    """The query, and with its apostrophes written the other way."""
    if query is None:
        return [None]
    return list(dict.fromkeys([query, query.replace("'", "%27"), query.replace("%27", "'")]))


def hark_forms(url):
    """The rule: the port or none, apostrophes either way, and nothing else."""
    standard = ":443" if url.kind in ("https", "wss") else ":80"
    forms = with_ports(url, standard)
    return [str(form.having(query=query)) for form in forms for query in apostrophes(url.query)]


def without_empty_parameters(url):
    """Without a `;` that ends the last segment: urlparse() takes it for the beginning of parameters."""
    head, slash, last = url.path.rpartition("/")
    if url.kind != "wss" and last.find(";") == len(last) - 1 >= 0:
        return url.having(path=head + slash + last[:-1])
    return url


def python_tidied(url):
    """What geturl() makes of it."""
    return without_empty_parameters(url).having(scheme=url.kind, query=url.query or None)


def python_forms(url):
    """twilio-python 9.13.0: remove_port() cuts at the first colon, add_port() knows no wss."""
    url = python_tidied(url)
    if not url.port:
        return [str(url), str(url.having(port=":443" if url.kind == "https" else ":80"))]
    cut = f"{url.user}{url.host}{url.port}".partition(":")[0]
    return [str(url), str(url.having(user="", host=cut, port=""))]


def whatwg(url):
    """What `new URL()` makes of it, for the URLs that cases.py writes."""
    default = {"http": ":80", "https": ":443", "wss": ":443"}[url.kind]
    query = url.query and re.sub(r"""[^!-~]|["'<>#]""", lambda found: quote(found[0]), url.query)
    return Url(
        scheme=url.kind,
        user=url.user,
        host=url.host.lower(),
        port="" if url.port == default else url.port,
        path=url.path or "/",
        query=query,
    )


def legacy_query(url):
    """Its query read and written by Node's `querystring`: values of a name come together, escapes are its own."""
    if not url.query:
        return url
    values = {}
    for pair in filter(None, url.query.split("&")):
        name, _, value = (
            unquote_to_bytes(half.replace("+", " ")).decode(errors="replace") for half in pair.partition("=")
        )
        values.setdefault(name, []).append(value)
    pairs = [f"{node_escaped(name)}={node_escaped(value)}" for name in values for value in values[name]]
    return url.having(query="&".join(pairs))


def node_escaped(text):
    """As encodeURIComponent, which leaves these alone."""
    return quote(text, safe="!'()*")


def node_ports(url):
    """Without a port, and with one: addPort() knows no wss."""
    return [url.having(port=""), url if url.port else url.having(port=":443" if url.kind == "https" else ":80")]


def node_forms(url):
    """twilio-node 6.2.0: as received, as `new URL()` writes it, and with the query of `querystring`."""
    tidied = node_ports(whatwg(url))
    return [str(form) for form in [*node_ports(url), *tidied, *map(legacy_query, tidied)]]
