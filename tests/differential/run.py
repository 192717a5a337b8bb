"""Random signed requests, judged by Hark and by Twilio's libraries for Python and Node: `make differential`.

Every verdict is foretold: Hark's by the rule, a library's by the rule and its documented differences. Anything else is
printed with its whole case (nothing in it is anybody's) and fails.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

import cases
from differences import DIFFERENCES, name_of
from verdicts import EXPECTED, hark

HERE = pathlib.Path(__file__).resolve().parent
BATCH = 10_000
# So many undocumented ones are printed whole.
SHOWN = 5
PHRASES = {"refuse": "refuses what is right", "accept": "accepts what is not", "error": "throws"}


class Fields(dict):
    """Fields as a framework hands them on: all values of a name."""

    def getlist(self, name):
        """The values of a name."""
        return self[name]


def python_verdict(case):
    """What twilio-python says, given what a framework makes of the request."""
    request, text = case.request, case.request.body.decode(errors="replace")
    params = text
    if request.kind == "form":
        params = Fields()
        for name, value in parse_qsl(text, keep_blank_values=True):
            params.setdefault(name, []).append(value)
    header = ", ".join(case.signatures) if case.signatures else None
    algorithm = "HMAC_SHA256" if case.told == "shared" else None
    try:
        accepted = RequestValidator(case.told_secret).validate(str(request.url), params, header, algorithm)
    except Exception as error:
        return f"error:{type(error).__name__}"
    return "accept" if accepted else "refuse"


def asked(batch, judge):
    """What Hark and twilio-node say of each case, and meanwhile twilio-python."""
    commands = {"hark": [judge], "node": ["node", str(HERE / "judge.js")]}
    with tempfile.TemporaryDirectory() as folder:
        lines = pathlib.Path(folder, "cases")
        lines.write_text("".join(json.dumps(case.as_json()) + "\n" for case in batch))
        running = {}
        for name, command in commands.items():
            with lines.open() as given, pathlib.Path(folder, name).open("w") as out:
                running[name] = subprocess.Popen(command, stdin=given, stdout=out)
        python = [python_verdict(case) for case in batch]
        said = {}
        for name, process in running.items():
            if process.wait() != 0:
                sys.exit(f"differential: the judge of {name} failed")
            said[name] = pathlib.Path(folder, name).read_text().splitlines()
    return zip(batch, said["hark"], python, said["node"], strict=True)


class Tally:
    """Counts what was said, and prints what nobody documented."""

    def __init__(self):
        self.accepted, self.refused, self.agreed = 0, 0, collections.Counter()
        self.documented, self.undocumented = collections.Counter(), 0
        self.wrong = collections.Counter()

    def add(self, case, ours, libraries):
        """Compares what Hark said with the truth, and what each library said with what was foretold."""
        truth, said = hark(case), ours.split()[0]
        self.accepted += truth == "accept"
        self.refused += truth == "refuse"
        if said != truth:
            self.wrong[said] += 1
            self.show(case, "hark", ours, truth)
        for library, answer in libraries.items():
            foretold, kind = EXPECTED[library](case), answer.partition(":")[0]
            name = None if kind == truth else name_of(case, library, kind)
            if kind != foretold or (kind != truth and name is None):
                self.show(case, library, answer, foretold if kind != foretold else f"{foretold}, but has no name")
            elif kind == truth:
                self.agreed[library] += 1
            else:
                self.documented[(library, name, kind)] += 1

    def show(self, case, who, said, foretold):
        """Prints a case whole, the first few."""
        self.undocumented += 1
        if self.undocumented <= SHOWN:
            print(f"UNDOCUMENTED: {who} says {said}, foretold was {foretold}")
            told = case.as_json() | {
                "body": repr(case.request.body),
                "fields": repr(case.request.fields),
                "told": case.told,
                "signed": repr(case.signed),
                "changed": case.changed,
                "truth": hark(case),
            }
            print(json.dumps(told, indent=2, ensure_ascii=True))

    def table(self, count):
        """The result, for people."""
        print(f"{'by construction':32}{self.accepted:>9,} right{self.refused:>9,} wrong")
        print(f"{'Hark':32}{self.wrong['refuse']:>9,} wrongly refused{self.wrong['accept']:>9,} wrongly accepted")
        for library in EXPECTED:
            differing = sum(number for (of, *_), number in self.documented.items() if of == library)
            print(f"\n{library + ' and Hark agree':32}{self.agreed[library]:>9,}   differ as documented {differing:,}")
            for name in dict.fromkeys(difference.name for difference in DIFFERENCES):
                for kind, phrase in PHRASES.items():
                    if number := self.documented[(library, name, kind)]:
                        print(f"  {name:22}{phrase:>24} {number:>7,}")
        seen = {name for _, name, _ in self.documented}
        if never := sorted({difference.name for difference in DIFFERENCES} - seen):
            print(f"\ndocumented, but not met in this run: {', '.join(never)}")
        print(f"\n{count:,} cases, {self.undocumented} undocumented disagreements")


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog="Example: run.py 100000 1 target/debug/examples/judge")
    parser.add_argument("cases", type=int, help="how many requests")
    parser.add_argument("seed", type=int, help="the same seed makes the same requests")
    parser.add_argument("judge", help="the program that asks Hark's verifier (adapters/twilio/examples/judge.rs)")
    given = parser.parse_args()
    tally = Tally()
    for first in range(0, given.cases, BATCH):
        numbers = range(first, min(first + BATCH, given.cases))
        batch = [cases.make(given.seed, number) for number in numbers]
        for case, ours, python, node in asked(batch, given.judge):
            direct, incoming = node.split()
            tally.add(case, ours, {"python": python, "node": direct, "node-incoming": incoming})
    tally.table(given.cases)
    sys.exit(1 if tally.undocumented else 0)


if __name__ == "__main__":
    main()
