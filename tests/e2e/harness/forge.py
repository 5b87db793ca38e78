"""Assertions with a signature of any form, also of forms that no library makes, by the provider's own key."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from .saml import XMLDSIG, Idp

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
INFO = '<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:CanonicalizationMethod Algorithm="{c14n}"/><ds:SignatureMethod Algorithm="{method}"/>{references}</ds:SignedInfo>'
REFERENCE = '<ds:Reference URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod Algorithm="{digest_method}"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
TRANSFORMS = f'<ds:Transform Algorithm="{ENVELOPED}"/><ds:Transform Algorithm="{EXCLUSIVE}"/>'


def canonical(element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True)


def base64_text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def rsa_signature(key, content: bytes, algorithm=None) -> bytes:
    return key.sign(content, padding.PKCS1v15(), algorithm or hashes.SHA256())


class Forge:
    """An assertion with a signature of any form over it."""

    def __init__(self, idp: Idp, role, **says) -> None:
        self.idp = idp
        self.says = idp.says(role, **says)
        self.markup = self.says.markup()
        self.id = etree.fromstring(self.markup).get("ID")
        self.sign = lambda content: rsa_signature(idp.key, content)

    def reference(self, **changes) -> str:
        digest = base64_text(hashlib.sha256(canonical(etree.fromstring(self.markup))).digest())
        plain = {"uri": f"#{self.id}", "transforms": TRANSFORMS, "digest_method": SHA256, "digest": digest}
        return REFERENCE.format(**plain | changes)

    def info(self, references: str | None = None, method: str = RSA_SHA256, c14n: str = EXCLUSIVE) -> str:
        return INFO.format(c14n=c14n, method=method, references=references or self.reference())

    def signature(self, info: str, before: str = "", behind: str = "") -> str:
        value = base64_text(self.sign(canonical(etree.fromstring(info))))
        return (
            f'<ds:Signature xmlns:ds="{XMLDSIG}">{before}{info}<ds:SignatureValue>{value}</ds:SignatureValue>{behind}'
            "</ds:Signature>"
        )

    def assertion(self, signature: str) -> str:
        return self.markup.replace("</saml:Issuer>", "</saml:Issuer>" + signature, 1)

    def response(self, info: str | None = None, **parts) -> str:
        return self.says.response(self.assertion(self.signature(info or self.info(), **parts)))
