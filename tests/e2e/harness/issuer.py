"""An OpenID Connect issuer that publishes and signs whatever a test wants.

    with Issuers() as issuers, Server(flags=issuers.flags) as server:
        site = issuers.site()           # https://one.issuer.test, found on loopback by the server's flags
        site.provider(account)
        token = site.token(sub="somebody")

Its certificates are of an authority made for it, which a provider's thumbprint vouches for.
"""

from __future__ import annotations

import base64
import datetime
import http.server
import json
import ssl
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

from botocore import UNSIGNED

from . import documents as doc
from .account import Role, fresh
from .clients import Creds

CLIENT = "portcullis-tests"
# Nobody signs.
ANONYMOUS = Creds("unsigned", "unsigned")
CURVES = {"P-256": (ec.SECP256R1, 32), "P-384": (ec.SECP384R1, 48), "P-521": (ec.SECP521R1, 66)}
HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
DISCOVERY = "/.well-known/openid-configuration"


def encoded(data: bytes | str | dict) -> str:
    if isinstance(data, dict):
        data = json.dumps(data)
    data = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, length: int | None = None) -> str:
    return encoded(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def jwk(key, **more) -> dict:
    """The public half of a key."""
    numbers = key.public_key().public_numbers()
    if isinstance(key, rsa.RSAPrivateKey):
        return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), "use": "sig", **more}
    name, length = next((n, size) for n, (curve, size) in CURVES.items() if isinstance(numbers.curve, curve))
    return {"kty": "EC", "crv": name, "x": number(numbers.x, length), "y": number(numbers.y, length), **more}


def signature(key, algorithm: str, message: bytes) -> bytes:
    digest = HASHES[algorithm[2:]]()
    if algorithm.startswith("ES"):
        length = (key.curve.key_size + 7) // 8
        halves = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
        return b"".join(half.to_bytes(length, "big") for half in halves)
    if algorithm.startswith("PS"):
        return key.sign(message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(message, padding.PKCS1v15(), digest)


@dataclass
class Document:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip_s: float = 0


class Authority:
    """A certificate authority, and a server's certificate for some names."""

    def __init__(self, names: list[str], folder: Path) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests of federation")])
        self.cert = self.signed(own, own, self.key, x509.BasicConstraints(ca=True, path_length=0))
        key = ec.generate_private_key(ec.SECP256R1())
        server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        cert = self.signed(server, own, key, x509.BasicConstraints(ca=False, path_length=None), alternatives)
        pem = serialization.Encoding.PEM
        self.chain, self.server_key, self.file = folder / "chain.pem", folder / "server.key", folder / "ca.pem"
        self.chain.write_bytes(cert.public_bytes(pem) + self.cert.public_bytes(pem))
        self.file.write_bytes(self.cert.public_bytes(pem))
        secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.server_key.write_bytes(secret)
        self.thumbprint = self.cert.fingerprint(hashes.SHA1()).hex()
        self.own_thumbprint = cert.fingerprint(hashes.SHA1()).hex()

    def signed(self, subject, issuer, key, *extensions):
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=30))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self.key, hashes.SHA256())


class Site:
    """One issuer."""

    def __init__(self, host: str, authority: Authority) -> None:
        self.host = host
        self.url = f"https://{host}"
        self.authority = authority
        self.arn = ""
        self.keys: dict[str, object] = {}
        self.documents: dict[str, Document] = {}
        self.asked: list[str] = []
        self.add("rsa", rsa.generate_private_key(65537, 2048))

    def add(self, kid: str, key) -> None:
        self.keys[kid] = key
        self.publish()

    def publish(self, *more: dict, without: tuple[str, ...] = ()) -> None:
        held = [jwk(key, kid=kid) for kid, key in self.keys.items() if kid not in without]
        self.document("/jwks", {"keys": held + list(more)})
        self.document(DISCOVERY, {"issuer": self.url, "jwks_uri": f"{self.url}/jwks"})

    def document(self, path: str, value: dict) -> None:
        self.documents[path] = Document(json.dumps(value).encode())

    def provider(self, account, clients: tuple[str, ...] = (CLIENT,), thumbprint: str | None = None) -> str:
        """The ARN of a provider for it in the account."""
        self.arn = account.iam.create_open_id_connect_provider(
            Url=self.url,
            ClientIDList=list(clients),
            ThumbprintList=[thumbprint or self.authority.thumbprint],
        )["OpenIDConnectProviderArn"]
        return self.arn

    def trust(self, *actions: str, **condition) -> str:
        """A trust policy for everybody whom it vouches for, with conditions."""
        actions = actions or ("sts:AssumeRoleWithWebIdentity",)
        statement = doc.allow(list(actions), principal={"Federated": self.arn}, **condition)
        del statement["Resource"]
        return doc.policy(statement)

    def assume(self, account, role: Role, token: str | None = None, name: str = "", **more) -> dict:
        """The answer to the call that gives somebody a session of the role."""
        client = account.client("sts", ANONYMOUS, signature_version=UNSIGNED)
        return client.assume_role_with_web_identity(
            RoleArn=role.arn, RoleSessionName=name or fresh("web"), WebIdentityToken=token or self.token(), **more
        )

    def session(self, account, role: Role, token: str | None = None, name: str = "", **more) -> Creds:
        answer = self.assume(account, role, token, name, **more)
        whom = answer["AssumedRoleUser"]
        return Creds.issued(answer, whom["Arn"], whom["AssumedRoleId"])

    def claims(self, **claims) -> dict:
        """The claims of a good token, some of them otherwise; `...` leaves one out."""
        now = int(time.time())
        said = {"iss": self.url, "sub": "somebody", "aud": CLIENT, "iat": now, "exp": now + 600} | claims
        return {name: value for name, value in said.items() if value is not ...}

    def token(self, kid: str = "rsa", algorithm: str = "RS256", header: dict | None = None, **claims) -> str:
        head = {"alg": algorithm, "typ": "JWT", "kid": kid} | (header or {})
        message = f"{encoded({n: v for n, v in head.items() if v is not ...})}.{encoded(self.claims(**claims))}"
        return f"{message}.{encoded(signature(self.keys[kid], algorithm, message.encode()))}"


class Issuers:
    """A server on loopback that is all issuers of a test module, told apart by the host that is asked for."""

    def __init__(self, count: int = 24) -> None:
        self.hosts = [f"i{n}.issuer.test" for n in range(count)]
        self.scratch = tempfile.TemporaryDirectory(prefix="portcullis-issuer-")
        self.authority = Authority(self.hosts, Path(self.scratch.name))
        self.sites: dict[str, Site] = {}
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(self.sites))
        self.http.daemon_threads = True
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.authority.chain, self.authority.server_key)
        self.http.socket = tls.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.http.server_address[1]

    @property
    def flags(self) -> tuple[str, ...]:
        pairs = [("--federation-allow", f"{host}=127.0.0.1:{self.port}") for host in self.hosts]
        return tuple(word for pair in pairs for word in pair)

    def site(self) -> Site:
        site = Site(self.hosts[len(self.sites)], self.authority)
        self.sites[site.host] = site
        return site

    def __enter__(self) -> "Issuers":
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.scratch.cleanup()


def handler(sites: dict[str, Site]):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site = sites.get(self.headers.get("Host", ""))
            document = site.documents.get(self.path) if site else None
            if site:
                site.asked.append(self.path)
            document = document or Document(status=404)
            self.send_response(document.status)
            for name, value in document.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in document.headers:
                self.send_header("Content-Length", str(len(document.body)))
            self.end_headers()
            try:
                self.write(document)
            except OSError:
                pass  # The client has had enough, as it should.

        def write(self, document: Document) -> None:
            if not document.drip_s:
                self.wfile.write(document.body)
                return
            for byte in document.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(document.drip_s)

        def log_message(self, *_) -> None:
            pass

    return Handler
