"""Class SML: forged, altered, replayed and explosive assertions. Wherever it can be, the provider's own key signs what is
hostile, so that it is the form that is refused and not a signature that does not match."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from harness.account import Account, fresh
from harness.expect import denied, refused
from harness.forge import EXCLUSIVE, ENVELOPED, RSA_SHA256, TRANSFORMS, Forge, base64_text, canonical, rsa_signature
from harness.hostile import Listener, bombs, resident_kib
from harness.raw import Raw
from harness.saml import LEAST, SIGN_IN, Idp, certificate, encoded
from harness.server import Server

INVALID = "InvalidIdentityToken"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
HMAC_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
ROUNDS = 20


@pytest.fixture(scope="module")
def idp(account):
    return Idp(account)


@pytest.fixture(scope="module")
def role(idp):
    return idp.role()


def refuse(idp: Idp, role, markup: str | bytes, message: str = "") -> None:
    refused(lambda: idp.redeem(role, markup), INVALID, 400, message)
    assert idp.account.server.alive()


def test_sml_0_the_forge_makes_what_is_taken(idp, role):
    assert idp.redeem(role, Forge(idp, role).response())["Credentials"]


# -- SML-1 ------------------------------------------------------------------------------------------


def test_sml_1_what_canonicalisation_may_choke_on_is_no_empty_digest(idp, role):
    empty = base64_text(hashlib.sha256(b"").digest())
    for namespace in ('xmlns:x="relative"', 'xmlns:x="1/2"', 'xmlns="#a"', 'xmlns:x="//host/a"'):
        forge = Forge(idp, role)
        # The digest first: lxml cannot even make one of what comes then.
        for info in (forge.info(), forge.info(forge.reference(digest=empty))):
            markup = forge.response(info).replace("<saml:Assertion ", f"<saml:Assertion {namespace} ", 1)
            refuse(idp, role, markup, "a namespace whose name is relative")
    forge = Forge(idp, role)
    refuse(idp, role, forge.response(forge.info(forge.reference(digest=empty))), "Response signature invalid")
    refuse(idp, role, forge.response(forge.info(forge.reference(digest=""))), "Response signature invalid")


# -- SML-2 ------------------------------------------------------------------------------------------


def test_sml_2_two_signed_infos_are_refused(idp, role):
    forge = Forge(idp, role)
    good = forge.info()
    other = forge.info(forge.reference(digest=base64_text(b"x" * 32)))
    refuse(idp, role, forge.response(good, before=other), "Response signature invalid")
    refuse(idp, role, forge.response(good, behind=other), "Response signature invalid")
    refuse(idp, role, forge.response(good, behind=f"<ds:Object>{good}</ds:Object>"), "Response signature invalid")


@pytest.mark.parametrize("bend", ("comment", "space", "child", "instruction"))
def test_sml_2_a_digest_is_plain_text(idp, role, bend):
    forge = Forge(idp, role)
    plain = base64_text(hashlib.sha256(canonical(etree.fromstring(forge.markup))).digest())
    bent = {"comment": "<!--x-->" + plain, "space": plain[:9] + "\n" + plain[9:], "child": f"{plain}<x/>"}
    bent["instruction"] = f"<?x y?>{plain}"
    refuse(idp, role, forge.response(forge.info(forge.reference(digest=bent[bend]))))


def test_sml_2_one_reference_to_the_element_itself_and_two_transforms(idp, role):
    xpath = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>/nothing</ds:XPath></ds:Transform>'
    xslt = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>'
    enveloped, exclusive = (f'<ds:Transform Algorithm="{name}"/>' for name in (ENVELOPED, EXCLUSIVE))
    forge = Forge(idp, role)
    for info in (
        forge.info(forge.reference() * 2),
        forge.info(forge.reference() + forge.reference(uri="#other")),
        forge.info(forge.reference(uri="")),
        forge.info(forge.reference(uri="#other")),
        forge.info(forge.reference(uri=f"#xpointer(id('{forge.id}'))")),
        forge.info(forge.reference(uri="https://idp.example.com/a")),
        forge.info(forge.reference(transforms=xpath + TRANSFORMS)),
        forge.info(forge.reference(transforms=TRANSFORMS + xslt)),
        forge.info(forge.reference(transforms=TRANSFORMS + enveloped)),
        forge.info(forge.reference(transforms=exclusive + enveloped)),
        forge.info(forge.reference(transforms=enveloped)),
        forge.info(forge.reference(transforms=exclusive)),
        forge.info(forge.reference(transforms=enveloped + f'<ds:Transform Algorithm="{EXCLUSIVE}WithComments"/>')),
        forge.info(forge.reference(transforms=enveloped + f'<ds:Transform Algorithm="{INCLUSIVE}"/>')),
        forge.info(c14n=INCLUSIVE),
    ):
        refuse(idp, role, forge.response(info), "Response signature invalid")


def wrapped(genuine: str, evil: str) -> dict[str, str]:
    """The genuine, signed assertion and one of the attacker's, in one document."""
    inner = re.search(r"<ds:Signature.*</ds:Signature>", genuine, re.DOTALL).group(0)
    bare = genuine.replace(inner, "")
    inside = evil.replace("<saml:Subject>", "{}<saml:Subject>", 1)
    return {
        "evil beside, first": evil + genuine,
        "evil beside, last": genuine + evil,
        "genuine in evil": inside.format(genuine),
        "genuine in evil's signature": inside.format(inner.replace("</ds:Signature>", f"<ds:Object>{bare}</ds:Object></ds:Signature>")),
        "genuine in evil's advice": evil.replace("<saml:AuthnStatement", f"<saml:Advice>{genuine}</saml:Advice><saml:AuthnStatement", 1),
        "signature moved to evil": inside.format(inner) + bare,
        "genuine in extensions": f"<samlp:Extensions>{genuine}</samlp:Extensions>{evil}",
        "genuine in an unknown element": f"<x>{genuine}</x>{evil}",
        "evil in the genuine one's signature": genuine.replace("</ds:Signature>", f"<ds:Object>{evil}</ds:Object></ds:Signature>"),
        "evil alone": evil,
        "evil alone with the signature": inside.format(inner),
    }


@pytest.mark.parametrize("same_id", (False, True))
def test_sml_2_what_is_wrapped_around_a_genuine_assertion_is_refused(idp, role, same_id):
    says = idp.says(role)
    genuine = idp.signed(says.markup())
    own = re.search(r'ID="([^"]*)"', genuine).group(1)
    evil = idp.says(role, session="evil", id=own if same_id else "_evil").markup().replace("alice@corp", "admin@corp")
    for name, markup in wrapped(genuine, evil).items():
        with pytest.raises(ClientError) as caught:
            idp.redeem(role, says.response(markup))
        assert caught.value.response["Error"]["Code"] == INVALID, name
    assert idp.redeem(role, says.response(genuine))["Credentials"], "and the genuine one is still good"


def test_sml_2_a_signed_response_is_not_wrapped_either(idp, role):
    says = idp.says(role)
    genuine = idp.response(says, whole=True)
    inner = re.sub(r"^<\?xml[^>]*>", "", genuine)
    evil = idp.says(role, session="evil").markup()
    for markup in (says.response(inner + evil), says.response(evil + inner), genuine.replace("</samlp:Response>", evil + "</samlp:Response>")):
        refuse(idp, role, markup)


def test_sml_2_nothing_is_altered_after_the_signature(idp, role):
    genuine = idp.response(idp.says(role))
    for old, new in (("alice@corp", "admin@corp"), (">alice<", ">admin<"), (SIGN_IN, SIGN_IN + "x"), ("Password", "Smart")):
        assert old in genuine
        refuse(idp, role, genuine.replace(old, new), "Response signature invalid")
    unsigned = idp.says(role)
    refuse(idp, role, unsigned.response(unsigned.markup()), "Response signature invalid")


# -- SML-3 ------------------------------------------------------------------------------------------


def test_sml_3_a_comment_cuts_no_name_short(idp, role):
    name = "admin@corp.example.evil.example"
    genuine = idp.response(idp.says(role, name_id=f"<saml:NameID>{name}</saml:NameID>"))
    refuse(idp, role, genuine.replace(name, "admin@corp.example<!--x-->.evil.example"), "comment")
    refuse(idp, role, genuine.replace(name, "admin@corp.example<?x?>.evil.example"))
    assert idp.redeem(role, genuine.replace(name, "admin@corp.example<![CDATA[.evil.example]]>"))["Subject"] == name


def test_sml_3_nor_a_role(idp, role):
    pair = f"{role.arn}-other,{idp.arn}"
    genuine = idp.response(idp.says(role, attributes={"Role": [pair]}))
    refuse(idp, role, genuine.replace(pair, f"{role.arn}<!--x-->-other,{idp.arn}"), "comment")
    assert denied(lambda: idp.redeem(role, genuine))


# -- SML-4 ------------------------------------------------------------------------------------------


def test_sml_4_only_the_keys_of_the_metadata_are_believed(idp, role):
    own = rsa.generate_private_key(65537, 2048)
    markup = idp.response(idp.says(role), key=own, made=certificate(own))
    assert "<ds:X509Certificate>" in markup
    refuse(idp, role, markup, "Response signature invalid")


@pytest.mark.parametrize("days", ((-3, -1), (1, 3)))
def test_sml_4_a_certificate_is_believed_while_it_is_valid(account, days):
    own = Idp(account)
    role = own.role()
    own.update(certificate(own.key, *days))
    refuse(own, role, own.response(own.says(role)), "Response signature invalid")
    own.update(certificate(own.key, *days), own.certificate)
    assert own.sign_in(role)["Credentials"]


def test_sml_4_short_hashes_and_keyed_hashes_are_refused(idp, role):
    forge = Forge(idp, role)
    forge.sign = lambda content: rsa_signature(idp.key, content, hashes.SHA1())
    refuse(idp, role, forge.response(forge.info(method=RSA_SHA1)), "Response signature invalid")
    public = idp.key.public_key()
    for form in (serialization.Encoding.PEM, serialization.Encoding.DER):
        secret = public.public_bytes(form, serialization.PublicFormat.SubjectPublicKeyInfo)
        forge.sign = lambda content, secret=secret: hmac.digest(secret, content, "sha256")
        refuse(idp, role, forge.response(forge.info(method=HMAC_SHA256)), "Response signature invalid")
    forge = Forge(idp, role)
    short = base64_text(hashlib.sha1(canonical(etree.fromstring(forge.markup))).digest())
    info = forge.info(forge.reference(digest_method=SHA1, digest=short))
    refuse(idp, role, forge.response(info), "Response signature invalid")
    cut = forge.info().replace(
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>',
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>',
    )
    refuse(idp, role, forge.response(cut), "Response signature invalid")


# -- SML-5 ------------------------------------------------------------------------------------------


def test_sml_5_an_assertion_is_good_once(idp, role):
    markup = idp.response(idp.says(role))
    assert idp.redeem(role, markup)["Credentials"]
    for again in (markup, markup.replace("\n<samlp:Status>", "<samlp:Status>")):
        refuse(idp, role, again, "redeemed before")


def test_sml_5_also_of_many_who_come_at_once(idp, role):
    markup = idp.response(idp.says(role))
    gate = threading.Barrier(8)

    def come(_) -> str:
        gate.wait()
        try:
            idp.redeem(role, markup)
            return "issued"
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(come, range(8))) == [INVALID] * 7 + ["issued"]


def test_sml_5_also_after_a_restart(tmp_path):
    with Server(data=tmp_path / "data") as server:
        idp = Idp(Account(server))
        role = idp.role()
        markup = idp.response(idp.says(role))
        assert idp.redeem(role, markup)["Credentials"]
        server.restart()
        refuse(idp, role, markup, "redeemed before")
        server.kill()
        server.forget()
        server.start()
        refuse(idp, role, markup, "redeemed before")


def test_sml_5_what_is_addressed_elsewhere_or_out_of_time_is_refused(idp, role):
    def sign_in(code: str = INVALID, **says) -> None:
        refused(lambda: idp.sign_in(role, **says), code, 400)

    audience = "<saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction>"
    sign_in(audience=audience)
    sign_in(recipient="https://other.example/saml")
    sign_in(destination="https://other.example/saml")
    sign_in(not_before=200)
    sign_in(confirmation='<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/>')
    sign_in(not_after=-1, code="ExpiredTokenException")
    other = "arn:aws:iam::210987654321:role/theirs,arn:aws:iam::210987654321:saml-provider/theirs"
    assert denied(lambda: idp.sign_in(role, attributes={"Role": [other]}))
    mixed = f"{role.arn},arn:aws:iam::210987654321:saml-provider/{idp.name}"
    assert denied(lambda: idp.sign_in(role, attributes={"Role": [mixed]}))


# -- SML-6 ------------------------------------------------------------------------------------------


def md5(markup: str) -> list[tuple[str, str]]:
    return [("Content-MD5", base64_text(hashlib.md5(markup.encode()).digest()))]


def test_sml_6_entities_are_neither_expanded_nor_fetched(account, idp, role):
    server, raw = account.server, Raw(account.server)
    bucket = account.make_bucket()

    def saml(markup: str) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            idp.redeem(role, markup)
        return caught.value.response["Error"]["Code"], str(caught.value.response)

    def upload(markup: str) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            account.iam.create_saml_provider(SAMLMetadataDocument=markup + " " * LEAST, Name=fresh("bomb"))
        return caught.value.response["Error"]["Code"], str(caught.value.response)

    def tagging(markup: str) -> tuple[str, str]:
        answer = raw.signed("PUT", f"/{bucket}", server.root, query="tagging", body=markup.encode(), headers=md5(markup))
        assert answer.status == 400, answer.text
        return answer.code, answer.text

    with Listener() as listener:
        for call, root, code in (
            (saml, "samlp:Response", INVALID), (upload, "md:EntityDescriptor", "InvalidInput"), (tagging, "Tagging", "MalformedXML"),
        ):
            hostile = bombs(listener.url, root)
            # Memory comes from the system two MiB at a time, for each thread that works: a few of these steps come whenever
            # they do, and what requests leave behind shows over many of them.
            for _ in range(ROUNDS):
                for markup in hostile.values():
                    call(markup)
            before = resident_kib(server)
            for _ in range(ROUNDS):
                for name, markup in hostile.items():
                    found, text = call(markup)
                    assert found == code and "root:" not in text, (name, found)
            assert resident_kib(server) - before < 1024 * ROUNDS, call.__name__
        assert listener.nobody_came()


def test_sml_6_what_is_too_long_or_no_text_is_refused(idp, role):
    refuse(idp, role, b"\xff\xfe<a/>")
    call = {"RoleArn": role.arn, "PrincipalArn": idp.arn}
    refused(lambda: idp.sts.assume_role_with_saml(SAMLAssertion="!!!!", **call), INVALID, 400, "base64")
    long = encoded("<a>" + "x" * 76_000 + "</a>")
    with pytest.raises(Exception, match="100000|SAMLAssertion"):
        idp.sts.assume_role_with_saml(SAMLAssertion=long, **call)
