"""Encrypted assertions: opened by the provider's private keys, and believed no more than others."""

from __future__ import annotations

import json
import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness import documents as doc
from harness.account import Role, fresh
from harness.clients import Creds
from harness.expect import refused
from harness.saml import Idp
from harness.samlp import Samlp
from harness.xmlenc import CBC_256, GCM_256, OAEP, OAEP_11, PKCS1, XENC, XENC11, Sealer

INVALID = "Response signature invalid"
ODD = "an assertion that is encrypted in a form that is not taken"


def pem(key, form=serialization.PrivateFormat.PKCS8) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


# -- by an identity provider that is not ours -------------------------------------------


@pytest.fixture(scope="module")
def samlp():
    with Samlp() as running:
        yield running


@pytest.fixture(scope="module")
def theirs(account, samlp) -> Role:
    made = account.iam.create_saml_provider(
        SAMLMetadataDocument=samlp.metadata(),
        Name=fresh("samlp"),
        AssertionEncryptionMode="Required",
        AddPrivateKey=samlp.private_key,
    )
    samlp.arn = made["SAMLProviderArn"]
    statement = {"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML", "Principal": {"Federated": samlp.arn}}
    trust = json.dumps({"Version": doc.VERSION, "Statement": [statement]})
    return account.make_role("sealed", doc.policy(doc.allow("iam:ListUsers")), trust)


@pytest.mark.parametrize("signs", ("assertion", "response", "both"))
@pytest.mark.parametrize("cipher", (f"{XENC11}aes128-gcm", GCM_256, f"{XENC}aes128-cbc", CBC_256))
def test_what_an_identity_provider_encrypts_is_opened(account, samlp, theirs, cipher, signs):
    response = samlp.sign_in("zoë@corp.example", theirs.arn, samlp.arn, "zoe", ("signs", signs), ("encrypts", cipher))
    redeem = lambda: account.client("sts").assume_role_with_saml(  # noqa: E731
        RoleArn=theirs.arn, PrincipalArn=samlp.arn, SAMLAssertion=response
    )
    answer = redeem()
    assert answer["Subject"] == "zoë@corp.example"
    assert account.client("iam", Creds.issued(answer)).list_users()
    refused(redeem, "InvalidIdentityToken", 400, "redeemed before")


def test_what_must_be_encrypted_is_not_taken_plain(account, samlp, theirs):
    response = samlp.sign_in("zoe", theirs.arn, samlp.arn, "zoe")
    ask = lambda: account.client("sts").assume_role_with_saml(  # noqa: E731
        RoleArn=theirs.arn, PrincipalArn=samlp.arn, SAMLAssertion=response
    )
    refused(ask, "InvalidIdentityToken", 400, "requires that assertions are encrypted")
    account.iam.update_saml_provider(SAMLProviderArn=samlp.arn, AssertionEncryptionMode="Allowed")
    assert ask()["Credentials"]
    account.iam.update_saml_provider(SAMLProviderArn=samlp.arn, AssertionEncryptionMode="Required")


# -- forms -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def idp(account, key) -> Idp:
    idp = Idp(account)
    account.iam.update_saml_provider(SAMLProviderArn=idp.arn, AddPrivateKey=pem(key))
    return idp


@pytest.fixture(scope="module")
def role(idp) -> Role:
    return idp.role()


def response(idp: Idp, role: Role, sealer: Sealer, change=lambda markup: markup, **more) -> str:
    says = idp.says(role)
    return says.response(change(sealer.sealed(idp.signed(says.markup(), **more))))


@pytest.mark.parametrize(
    "form",
    [
        {}, {"beside": True}, {"cipher": CBC_256}, {"cipher": f"{XENC11}aes192-gcm"}, {"cipher": f"{XENC}aes192-cbc"},
        {"transport": OAEP_11}, {"digest": "sha1"}, {"label": b"a label"},
        *({"transport": OAEP_11, "digest": digest} for digest in ("sha1", "sha256", "sha384", "sha512")),
    ],
    ids=str,
)
def test_each_form_that_is_taken(idp, role, key, form):
    assert idp.redeem(role, response(idp, role, Sealer(key.public_key(), **form)))["Credentials"]


def test_the_signature_of_the_whole_holds_for_what_is_in_it(idp, role, key):
    says = idp.says(role)
    sealer = Sealer(key.public_key())
    whole = idp.signed(says.response(sealer.sealed(says.markup())))
    assert idp.redeem(role, whole)["Credentials"]
    says = idp.says(role)
    both = idp.signed(says.response(sealer.sealed(idp.signed(says.markup()))))
    assert idp.redeem(role, both)["Credentials"]
    other = says.response(sealer.sealed(idp.signed(idp.says(role).markup())))
    exchanged = re.sub(r"<saml:EncryptedAssertion.*</saml:EncryptedAssertion>", "", both, flags=re.S)
    sealed = re.search(r"<saml:EncryptedAssertion.*</saml:EncryptedAssertion>", other, flags=re.S).group()
    refused(
        lambda: idp.redeem(role, exchanged.replace("</samlp:Response>", f"{sealed}</samlp:Response>")),
        "InvalidIdentityToken", 400, INVALID,
    )


def test_either_of_two_keys_opens_it_and_one_that_was_removed_does_not(account):
    idp = Idp(account)
    role, keys = idp.role(), [rsa.generate_private_key(65537, size) for size in (2048, 3072)]
    forms = (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL)
    refused(
        lambda: idp.redeem(role, response(idp, role, Sealer(keys[0].public_key()))), "InvalidIdentityToken", 400, INVALID
    )
    for key, form in zip(keys, forms):
        account.iam.update_saml_provider(SAMLProviderArn=idp.arn, AddPrivateKey=pem(key, form))
    for key in keys:
        assert idp.redeem(role, response(idp, role, Sealer(key.public_key())))["Credentials"]
    first = account.iam.get_saml_provider(SAMLProviderArn=idp.arn)["PrivateKeyList"][0]["KeyId"]
    account.iam.update_saml_provider(SAMLProviderArn=idp.arn, RemovePrivateKey=first)
    refused(
        lambda: idp.redeem(role, response(idp, role, Sealer(keys[0].public_key()))), "InvalidIdentityToken", 400, INVALID
    )
    assert idp.redeem(role, response(idp, role, Sealer(keys[1].public_key())))["Credentials"]


# -- what is not taken -------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        {"transport": PKCS1}, {"cipher": f"{XENC}tripledes-cbc"}, {"kind": f"{XENC}Content"},
        {"transport": OAEP, "digest": "sha256"},
    ],
    ids=str,
)
def test_weak_and_other_forms_are_refused_before_anything_is_opened(idp, role, key, form):
    sealer = Sealer(key.public_key(), **form)
    refused(lambda: idp.redeem(role, response(idp, role, sealer)), "InvalidIdentityToken", 400, ODD)


DATA = re.compile(r"<x:EncryptedData.*</x:EncryptedData>", re.S)
KEY = re.compile(r"<x:EncryptedKey.*</x:EncryptedKey>", re.S)


@pytest.mark.parametrize(
    "change",
    [
        lambda it: DATA.sub(lambda found: found.group() * 2, it),
        lambda it: KEY.sub(lambda found: found.group() * 2, it),
        lambda it: KEY.sub("", it),
        lambda it: DATA.sub("", it),
        lambda it: re.sub(r"<x:CipherValue>.*?</x:CipherValue>", '<x:CipherReference URI="file:///etc/passwd"/>', it, flags=re.S),
        lambda it: it.replace("<x:CipherValue>", "<x:CipherValue>!", 1),
        lambda it: it.replace("<x:CipherData>", "<x:CipherData><x:CipherValue>AA==</x:CipherValue>", 1),
    ],
)
def test_markup_that_could_be_read_in_two_ways_is_refused(idp, role, key, change):
    refused(
        lambda: idp.redeem(role, response(idp, role, Sealer(key.public_key()), change)), "InvalidIdentityToken", 400, ODD
    )


def test_nothing_tells_what_a_key_opens(account, idp, role, key):
    sealer, says = Sealer(key.public_key(), cipher=CBC_256), idp.says(role)
    other = Sealer(rsa.generate_private_key(65537, 2048).public_key())
    stranger = Idp(account)
    good = idp.signed(says.markup())

    def damaged(markup: str, which: int) -> str:
        values = list(re.finditer(r"<x:CipherValue>(.)", markup))
        at = values[which].start(1) + 40
        return markup[:at] + ("A" if markup[at] != "A" else "B") + markup[at + 1 :]

    for sealed in (
        damaged(sealer.sealed(good), 0), damaged(sealer.sealed(good), 1), damaged(Sealer(key.public_key()).sealed(good), 1),
        other.sealed(good), sealer.sealed(says.markup()), sealer.sealed(""), sealer.sealed("<a/>"), sealer.sealed("no markup"),
        sealer.sealed(stranger.signed(says.markup())), sealer.sealed(good + says.markup()), sealer.sealed(says.markup() + good),
        sealer.sealed(f"<!-- -->{good}"), sealer.sealed('<!DOCTYPE a [<!ENTITY b "c">]>' + good), sealer.sealed(f"<b>{good}</b>"),
        sealer.sealed(f'</saml:EncryptedAssertion>{good}<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">'),
        sealer.sealed(sealer.sealed(good)),
        sealer.sealed(
            f'{good}</saml:EncryptedAssertion><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'
            '<saml:EncryptedAssertion xmlns:saml="urn:x">'
        ),
        sealer.sealed(f'{good}<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'),
    ):
        markup = says.response(sealed)
        refused(lambda markup=markup: idp.redeem(role, markup), "InvalidIdentityToken", 400, INVALID)
    assert idp.redeem(role, says.response(sealer.sealed(good)))["Credentials"], "and nothing of that used it up"
