"""A certificate authority for one machine's measurements, and a build of webhook-handler that trusts it.

Our functions trust Mozilla's roots and nothing else, and no setting changes that. So that their TLS can be measured, a
copy of the sources is built with one root more; all else is the same.
"""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What one start is measured with: the same folder for every run, since the root is compiled in.
FOLDER = ROOT / "target" / "bench"
LEFT_OUT = ("target", ".git", ".venv*", ".hark", ".ruff_cache", "candidates")


class Certificates:
    """`ca`: the authority. `chain` and `key`: what the stand-in shows. `bundle`: the system's roots and ours."""

    def __init__(self):
        """Makes them where they are missing."""
        folder = FOLDER / "tls"
        self.ca, self.chain = folder / "ca.pem", folder / "chain.pem"
        self.key, self.bundle = folder / "key.pem", folder / "bundle.pem"
        if not self.bundle.exists():
            folder.mkdir(parents=True, exist_ok=True)
            make(folder)

    def root(self):
        """The authority as rustls wants it: its subject and its key, in DER, each without its outer frame."""
        pem = self.ca.read_text()
        lines = [line for line in pem.splitlines() if not line.startswith("-")]

        certificate = next(parts(base64.b64decode("".join(lines))))[1]
        signed = next(parts(certificate))[1]
        # version, serial number, algorithm, issuer, validity, subject, key: RFC 5280, 4.1.
        fields = list(parts(signed))
        return fields[5][1], fields[6][1]


def make(folder):
    def openssl(*arguments):
        subprocess.run(
            ["openssl", *arguments], cwd=folder, check=True, capture_output=True
        )

    new = ("-newkey", "rsa:2048", "-nodes")
    openssl(
        *("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem"),
        *("-days", "3650", "-subj", "/CN=hark bench"),
        *("-addext", "basicConstraints=critical,CA:TRUE"),
    )
    openssl("req", *new, "-keyout", "key.pem", "-out", "csr.pem", "-subj", "/CN=x")
    (folder / "san").write_text("subjectAltName=DNS:localhost")
    openssl(
        *("x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key"),
        *("-CAcreateserial", "-days", "3650", "-extfile", "san", "-out", "chain.pem"),
    )
    roots = Path("/etc/ssl/certs/ca-certificates.crt").read_text()
    (folder / "bundle.pem").write_text(roots + (folder / "ca.pem").read_text())


def parts(der):
    """The elements of a DER sequence: each one's tag and content."""
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length > 127:
            count = length & 127
            length, at = int.from_bytes(der[at : at + count]), at + count
        yield tag, der[at : at + length]
        at += length


def build_with_root(certificates, package, profile):
    """Answers the binary."""
    copy, roots = FOLDER / "source", FOLDER / "webpki-roots"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    shutil.rmtree(roots, ignore_errors=True)
    shutil.copytree(source_of("webpki-roots"), roots)
    add_root(roots / "src" / "lib.rs", *certificates.root())
    with (copy / "Cargo.toml").open("a") as manifest:
        manifest.write(f'\n[patch.crates-io]\nwebpki-roots = {{ path = "{roots}" }}\n')
    build = FOLDER / "build"
    subprocess.run(
        ["cargo", "build", "--quiet", "--offline", "--profile", profile]
        + ["--package", package, "--features", "lambda", "--bin", package],
        cwd=copy,
        env={**os.environ, "CARGO_TARGET_DIR": str(build)},
        check=True,
    )
    return build / profile / package


def source_of(crate):
    told = subprocess.check_output(
        ["cargo", "metadata", "--format-version", "1", "--locked", "--offline"],
        cwd=ROOT,
    )
    packages = json.loads(told)["packages"]
    return Path(next(p["manifest_path"] for p in packages if p["name"] == crate)).parent


def add_root(lib, subject, key):
    def literal(content):
        return "&[" + ",".join(str(byte) for byte in content) + "]"

    start = "pub const TLS_SERVER_ROOTS: &[TrustAnchor<'static>] = &[\n"
    anchor = (
        f"  TrustAnchor {{ subject: Der::from_slice({literal(subject)}), "
        f"subject_public_key_info: Der::from_slice({literal(key)}), "
        "name_constraints: None },\n"
    )
    text = lib.read_text()
    if start not in text:
        raise SystemExit("webpki-roots has another form; add_root must follow it")
    lib.write_text(text.replace(start, start + anchor))
