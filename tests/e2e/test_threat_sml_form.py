"""SML-2 and SML-4, the form: what a library that knows every form of signature must not even be asked about, and what nobody
learns who has signed nothing."""

from __future__ import annotations

import re

import pytest

from harness.expect import refused
from harness.forge import ENVELOPED, EXCLUSIVE, Forge
from harness.saml import Idp

INVALID = "Response signature invalid"
LISTED = f'<x:InclusiveNamespaces xmlns:x="{EXCLUSIVE}" PrefixList="{{}}"/>'


@pytest.fixture(scope="module")
def idp(account) -> Idp:
    return Idp(account)


@pytest.fixture(scope="module")
def role(idp):
    return idp.role()


def refuse(idp: Idp, role, markup: str) -> None:
    refused(lambda: idp.redeem(role, markup), "InvalidIdentityToken", 400, INVALID)


@pytest.mark.parametrize(
    "element, attribute",
    [
        ("Reference", 'x:URI="dev/zero"'), ("Reference", 'Type="x"'), ("Reference", 'Id="x"'), ("SignedInfo", 'Id="x"'),
        ("DigestMethod", 'x:Algorithm="y"'), ("SignatureMethod", 'x:Algorithm="y"'), ("Transform", 'x:Algorithm="y"'),
        ("CanonicalizationMethod", 'x:Algorithm="y"'), ("Transforms", 'x:y="z"'), ("DigestValue", 'x:y="z"'),
    ],
)
def test_sml_2_no_attribute_stands_where_none_is_looked_at(idp, role, element, attribute):
    forge = Forge(idp, role)

    def info(with_it: str) -> str:
        found, count = re.subn(rf"<ds:{element}(?=[ />])", rf'\g<0> xmlns:x="urn:x" {with_it}', forge.info(), count=1)
        assert count == 1
        return found

    refuse(idp, role, forge.response(info(attribute)))
    assert idp.redeem(role, forge.response(info("")))["Credentials"]


@pytest.mark.parametrize("prefixes, is_taken", [("xs xsi ds saml", True), ("a " * 16, True), ("a " * 17, False), ("a" * 65, False)])
def test_sml_2_few_prefixes_are_kept(idp, role, prefixes, is_taken):
    listed = LISTED.format(prefixes.strip())
    last = f'<ds:Transform Algorithm="{ENVELOPED}"/><ds:Transform Algorithm="{EXCLUSIVE}">{listed}</ds:Transform>'
    for where in ("transform", "method"):
        forge = Forge(idp, role)
        if where == "transform":
            info = forge.info(forge.reference(transforms=last))
        else:
            bare = f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
            info = forge.info().replace(bare, bare[:-2] + f">{listed}</ds:CanonicalizationMethod>")
        if is_taken and "ds" not in prefixes:
            assert idp.redeem(role, forge.response(info))["Credentials"]
        elif not is_taken:
            refuse(idp, role, forge.response(info))


def test_sml_6_a_response_has_so_many_elements(idp, role):
    def many(count: int) -> str:
        forge = Forge(idp, role)
        forge.markup = forge.markup.replace("</saml:Assertion>", "<a/>" * count + "</saml:Assertion>")
        return forge.response()

    refused(lambda: idp.redeem(role, many(5000)), "InvalidIdentityToken", 400, "more elements than are read")
    assert idp.redeem(role, many(4900))["Credentials"]


def test_sml_4_who_has_signed_nothing_learns_nothing_about_a_provider(account, idp, role):
    uuid = account.iam.get_saml_provider(SAMLProviderArn=idp.arn)["SAMLProviderUUID"]
    absent = Idp(account)
    account.iam.delete_saml_provider(SAMLProviderArn=absent.arn)
    says = idp.says(role)
    bare = says.response(says.markup())
    for markup in (
        bare,
        re.sub(r"<samlp:Status>.*?</samlp:Status>", "", bare),
        bare.replace("status:Success", "status:Responder"),
        bare.replace("https://idp.example.com/metadata", "https://other.example.com/metadata"),
        bare.replace("<samlp:Response ", f'<samlp:Response Destination="https://signin.aws.amazon.com/saml/acs/{uuid}" ', 1),
        bare.replace("<samlp:Response ", '<samlp:Response Destination="https://elsewhere.example.com/" ', 1),
        bare.replace('Version="2.0"', 'Version="1.1"', 1),
    ):
        told = set()
        for provider in (idp, absent):
            told.add(refused(lambda p=provider, m=markup: p.redeem(role, m), "InvalidIdentityToken", 400, INVALID))
        assert len(told) == 1
