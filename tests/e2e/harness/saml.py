"""An identity provider that says whatever a test wants, signed by signxml, an implementation that is not ours.

    idp = Idp()
    answer = idp.redeem(account, idp.response(role.arn, idp.provider_arn), role)
"""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureMethod, XMLSigner

from . import documents as doc
from .account import Account, Role, fresh

ENTITY = "https://idp.example.com/metadata"
SIGN_IN = "https://signin.aws.amazon.com/saml"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
# Metadata is no shorter.
LEAST = 1000
NUMBERS = itertools.count(1)

ASSERTION = """<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" IssueInstant="{issued}">
<saml:Issuer>{issuer}</saml:Issuer>
<saml:Subject>{name_id}{confirmation}</saml:Subject>
<saml:Conditions NotBefore="{not_before}" NotOnOrAfter="{not_after}">{audience}</saml:Conditions>
<saml:AuthnStatement AuthnInstant="{issued}"{session}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement>{attributes}</saml:AttributeStatement>
</saml:Assertion>"""
RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="{id}" Version="2.0" IssueInstant="{issued}"{destination}>
<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="{status}"/></samlp:Status>
{assertion}</samlp:Response>"""


def instant(seconds: float = 0) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def certificate(key, begins: int = -1, ends: int = 1) -> x509.Certificate:
    """Self-signed, valid between these days from now."""
    now = datetime.now(timezone.utc)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.com")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now + timedelta(days=begins)).not_valid_after(now + timedelta(days=ends))
    return made.sign(key, hashes.SHA256())


def pem(made: x509.Certificate) -> str:
    return made.public_bytes(serialization.Encoding.PEM).decode()


def metadata(*certificates: x509.Certificate, entity: str = ENTITY, more: str = "") -> str:
    keys = "".join(
        '<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>{base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()}"
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for made in certificates
    )
    return (
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}"{more}>'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}'
        '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
        f'Location="https://idp.example.com/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>{" " * LEAST}'
    )


@dataclass
class Says:
    """What an assertion says. Every member that is not plain text is markup."""

    name_id: str = f'<saml:NameID Format="{PERSISTENT}">alice@corp.example</saml:NameID>'
    issuer: str = ENTITY
    recipient: str = SIGN_IN
    audience: str = "<saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction>"
    confirmation: str | None = None
    issued: float = 0
    not_before: float = -5
    not_after: float = 240
    session_ends: float | None = None
    destination: str = ""
    status: str = SUCCESS
    id: str = ""
    attributes: dict[str, list[str]] = field(default_factory=dict)
    more: dict[str, list[str]] = field(default_factory=dict)

    def confirmed(self) -> str:
        if self.confirmation is not None:
            return self.confirmation
        return (
            f'<saml:SubjectConfirmation Method="{BEARER}"><saml:SubjectConfirmationData '
            f'NotOnOrAfter="{instant(self.not_after)}" Recipient="{self.recipient}"/></saml:SubjectConfirmation>'
        )

    def markup(self) -> str:
        named = {ATTRIBUTES + name: values for name, values in self.attributes.items()} | self.more
        attributes = "".join(
            f'<saml:Attribute Name="{name}">'
            + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
            + "</saml:Attribute>"
            for name, values in named.items()
        )
        session = "" if self.session_ends is None else f' SessionNotOnOrAfter="{instant(self.session_ends)}"'
        return ASSERTION.format(
            id=self.id or f"_a{next(NUMBERS)}{datetime.now().timestamp():.6f}".replace(".", ""),
            issued=instant(self.issued), issuer=self.issuer, name_id=self.name_id, confirmation=self.confirmed(),
            not_before=instant(self.not_before), not_after=instant(self.not_after), audience=self.audience,
            session=session, attributes=attributes,
        )

    def response(self, assertion: str) -> str:
        return RESPONSE.format(
            id=f"_r{next(NUMBERS)}", issued=instant(self.issued), issuer=self.issuer, status=self.status,
            destination=f' Destination="{self.destination}"' if self.destination else "", assertion=assertion,
        )


def encoded(markup: str | bytes) -> str:
    return base64.b64encode(markup.encode() if isinstance(markup, str) else markup).decode()


class Idp:
    """A key, its certificate, and the provider's record in the account."""

    def __init__(self, account: Account, curve: ec.EllipticCurve | None = None, name: str = "") -> None:
        self.account = account
        self.key = ec.generate_private_key(curve) if curve else rsa.generate_private_key(65537, 2048)
        self.certificate = certificate(self.key)
        self.kind = "ECDSA" if curve else "RSA"
        self.name = name or fresh("idp")
        made = account.iam.create_saml_provider(SAMLMetadataDocument=metadata(self.certificate), Name=self.name)
        self.arn = made["SAMLProviderArn"]
        self.sts = account.client("sts")

    def update(self, *certificates: x509.Certificate, more: str = "") -> None:
        document = metadata(*certificates, more=more)
        self.account.iam.update_saml_provider(SAMLProviderArn=self.arn, SAMLMetadataDocument=document)

    def trusts(self, actions=("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"), **condition) -> str:
        allow = doc.statement("Allow", list(actions), principal={"Federated": self.arn}, **condition)
        del allow["Resource"]
        return doc.policy(allow)

    def role(self, trust: str | None = None, **more) -> Role:
        name = fresh("federated")
        made = self.account.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust or self.trusts(), **more)["Role"]
        return Role(name, made["Arn"], made["RoleId"])

    def says(self, role: Role | str, session: str = "alice", **more) -> Says:
        """What gives somebody this role."""
        arn = role if isinstance(role, str) else role.arn
        attributes = {"Role": [f"{arn},{self.arn}"], "RoleSessionName": [session]} | more.pop("attributes", {})
        return Says(attributes={name: values for name, values in attributes.items() if values is not None}, **more)

    def signed(self, markup: str, key=None, made=None, digest="SHA256", signature: SignatureMethod | None = None) -> str:
        """The element of this markup with its signature after its issuer, where SAML has it."""
        root = etree.fromstring(markup)
        place = etree.Element(f"{{{XMLDSIG}}}Signature", Id="placeholder", nsmap={"ds": XMLDSIG})
        issuer = root.find(f"{{{SAML}}}Issuer")
        root.insert(1 if issuer is not None else 0, place)
        signer = XMLSigner(
            signature_algorithm=signature or SignatureMethod[f"{self.kind}_{digest}"],
            digest_algorithm=DigestAlgorithm[digest],
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        made = signer.sign(
            root, key=key or self.key, cert=[made or self.certificate], reference_uri=root.get("ID"), id_attribute="ID"
        )
        return etree.tostring(made).decode()

    def response(self, says: Says, whole: bool = False, **more) -> str:
        """The response's markup, with a signature of the assertion or of the whole."""
        markup = says.markup()
        return self.signed(says.response(markup), **more) if whole else says.response(self.signed(markup, **more))

    def redeem(self, role: Role | str, markup: str, **more) -> dict:
        arn = role if isinstance(role, str) else role.arn
        return self.sts.assume_role_with_saml(
            RoleArn=arn, PrincipalArn=self.arn, SAMLAssertion=encoded(markup), **more
        )

    def sign_in(self, role: Role, **more) -> dict:
        """A session for whoever is given this role."""
        return self.redeem(role, self.response(self.says(role, **more)))
