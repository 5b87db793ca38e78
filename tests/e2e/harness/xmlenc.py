"""Assertions encrypted by hand, for forms that no identity provider at hand writes (W3C, "XML Encryption Syntax and
Processing 1.1")."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
GCM_256, CBC_256 = f"{XENC11}aes256-gcm", f"{XENC}aes256-cbc"
OAEP, OAEP_11, PKCS1 = f"{XENC}rsa-oaep-mgf1p", f"{XENC11}rsa-oaep", f"{XENC}rsa-1_5"
DIGESTS = {
    "sha1": ("http://www.w3.org/2000/09/xmldsig#sha1", hashes.SHA1()),
    "sha256": (f"{XENC}sha256", hashes.SHA256()),
    "sha384": ("http://www.w3.org/2001/04/xmldsig-more#sha384", hashes.SHA384()),
    "sha512": (f"{XENC}sha512", hashes.SHA512()),
}


def text(data: bytes) -> str:
    return base64.encodebytes(data).decode()


@dataclass
class Sealer:
    """Encrypts for whoever holds the private key."""

    public: rsa.RSAPublicKey
    cipher: str = GCM_256
    transport: str = OAEP
    digest: str = ""
    label: bytes | None = None
    beside: bool = False
    kind: str = f"{XENC}Element"

    def content(self, key: bytes, plain: bytes) -> bytes:
        start = os.urandom(12 if "gcm" in self.cipher else 16)
        if "gcm" in self.cipher:
            return start + AESGCM(key).encrypt(start, plain, None)
        # Of the padding only the last byte says anything (section 5.2).
        missing = 16 - len(plain) % 16
        padded = plain + os.urandom(missing - 1) + bytes([missing])
        encryptor = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
        return start + encryptor.update(padded) + encryptor.finalize()

    def key(self, key: bytes) -> bytes:
        if self.transport == PKCS1:
            return self.public.encrypt(key, padding.PKCS1v15())
        _, kind = DIGESTS[self.digest or "sha1"]
        return self.public.encrypt(key, padding.OAEP(padding.MGF1(kind), kind, self.label))

    def method(self) -> str:
        parts = ""
        if self.digest:
            parts += f'<ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="{DIGESTS[self.digest][0]}"/>'
            parts += f'<x11:MGF xmlns:x11="{XENC11}" Algorithm="{XENC11}mgf1{self.digest}"/>'
        if self.label is not None:
            parts += f"<x:OAEPparams>{text(self.label)}</x:OAEPparams>"
        return f'<x:EncryptionMethod Algorithm="{self.transport}">{parts}</x:EncryptionMethod>'

    def sealed(self, markup: str) -> str:
        """The `EncryptedAssertion` with this markup in it."""
        key = os.urandom(int(self.cipher.split("aes")[1][:3]) // 8 if "aes" in self.cipher else 24)
        opens = (
            f'<x:EncryptedKey xmlns:x="{XENC}">{self.method()}'
            f"<x:CipherData><x:CipherValue>{text(self.key(key))}</x:CipherValue></x:CipherData></x:EncryptedKey>"
        )
        info = "" if self.beside else f'<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{opens}</ds:KeyInfo>'
        data = (
            f'<x:EncryptedData xmlns:x="{XENC}" Type="{self.kind}"><x:EncryptionMethod Algorithm="{self.cipher}"/>{info}'
            f"<x:CipherData><x:CipherValue>{text(self.content(key, markup.encode()))}</x:CipherValue></x:CipherData>"
            "</x:EncryptedData>"
        )
        return (
            f'<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{data}'
            f"{opens if self.beside else ''}</saml:EncryptedAssertion>"
        )
