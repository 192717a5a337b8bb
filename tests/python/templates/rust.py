"""What calls what in our Rust sources, by names: as far as is needed to find the calls to AWS that a function makes.

Formatted by rustfmt, a function ends with the first `}` at its own indentation. Calls of a port's methods are told by
the field that holds the port (`self.table.put(...)`), all others by the name alone; so more may be found than is ever
called. A field that is not known here is missed, and then a role seems to allow too much.
"""

import re
from dataclasses import dataclass

HEAD = re.compile(r"^( *)(?:pub(?:\([\w: ]+\))? )?(?:const )?(?:async )?fn (\w+)")


@dataclass(frozen=True)
class Function:
    """A function of ours: the group of files that it belongs to, its name, its text."""

    group: str
    name: str
    text: str

    def operations(self):
        """The operations of AWS's SDK that it calls itself."""
        return set(re.findall(r"\bclient\.(\w+)\(\)", self.text)) - {"clone"}

    def methods_of(self, fields):
        """The methods that it calls on one of these fields."""
        return {method for field, method in self._calls_on_fields() if field in fields}

    def calls(self, fields):
        """All else that it calls; `fields` are those that hold ports."""
        on_ports = [method for field, method in self._calls_on_fields() if field in fields]
        called = re.findall(r"\b(\w+)\(", self.text)
        for method in on_ports:
            called.remove(method)
        return set(called) - {self.name}

    def _calls_on_fields(self):
        return re.findall(r"\b(\w+)(?:\(\))?\.(\w+)\(", self.text)


def functions(group, text):
    """The functions of a file, without its tests and comments."""
    text = text.split("#[cfg(test)]")[0].split("#[cfg(all(test")[0]
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
    for at, line in enumerate(lines):
        head = HEAD.match(line)
        if head:
            yield Function(group, head[2], _joined(_body(lines[at:], head[1])))


def _body(lines, indentation):
    body = [lines[0]]
    if lines[0].endswith((";", "}")):
        return body
    for line in lines[1:]:
        body.append(line)
        if line == indentation + "}" or (line.startswith(indentation + ")") and line.endswith(";")):
            break
    return body


def _joined(lines):
    """With each chain of calls in one line."""
    return re.sub(r"\s*\n\s*(?=[.?])", "", "\n".join(lines))


def reached(start, functions, ports):
    """All functions that are reached from these. `ports`: a group's name and the fields that hold it."""
    fields = {field for each in ports.values() for field in each}
    found, todo = set(), list(start)
    while todo:
        function = todo.pop()
        if function in found:
            continue
        found.add(function)
        called = function.calls(fields)
        for other in functions:
            if other.group in ports and other.group != function.group:
                hit = other.name in function.methods_of(ports[other.group])
            else:
                hit = other.name in called or (
                    other.group == function.group and other.name in function.methods_of(fields)
                )
            if hit:
                todo.append(other)
    return found
