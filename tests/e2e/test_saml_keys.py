"""Condition keys of SAML: who it is, by whom, and each attribute of eduPerson, eduOrg, X.500 and Active Directory."""

from __future__ import annotations

import base64
import hashlib

import pytest

from harness.expect import denied, refused
from harness.saml import ENTITY, PERSISTENT, Idp
from harness.server import ACCOUNT

NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithSAML"
FORMATS = "urn:oasis:names:tc:SAML:{}:nameid-format:{}"
EDU_PERSON, EDU_ORG = "urn:oid:1.3.6.1.4.1.5923.1.1.1.", "urn:oid:1.3.6.1.4.1.5923.1.2.1."
DIRECTORY = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
MANY = [
    (f"{EDU_PERSON}1", "edupersonaffiliation"), (f"{EDU_PERSON}2", "edupersonnickname"),
    (f"{EDU_PERSON}4", "edupersonorgunitdn"), (f"{EDU_PERSON}7", "edupersonentitlement"),
    (f"{EDU_PERSON}9", "edupersonscopedaffiliation"), (f"{EDU_PERSON}10", "edupersontargetedid"),
    (f"{EDU_PERSON}11", "edupersonassurance"), (f"{EDU_ORG}2", "eduorghomepageuri"),
    (f"{EDU_ORG}3", "eduorgidentityauthnpolicyuri"), (f"{EDU_ORG}4", "eduorglegalname"),
    (f"{EDU_ORG}5", "eduorgsuperioruri"), (f"{EDU_ORG}6", "eduorgwhitepagesuri"), ("urn:oid:2.5.4.3", "cn"),
]  # fmt: skip
ONE = [
    (f"{EDU_PERSON}3", "edupersonorgdn"), (f"{EDU_PERSON}5", "edupersonprimaryaffiliation"),
    (f"{EDU_PERSON}6", "edupersonprincipalname"), (f"{EDU_PERSON}8", "edupersonprimaryorgunitdn"),
    ("urn:oid:2.5.4.4", "surname"), ("urn:oid:2.5.4.42", "givenName"), ("urn:oid:2.5.4.45", "x500UniqueIdentifier"),
    ("urn:oid:0.9.2342.19200300.100.1.1", "uid"), ("urn:oid:0.9.2342.19200300.100.1.3", "mail"),
    ("urn:oid:0.9.2342.19200300.100.1.45", "organizationStatus"), ("http://schemas.xmlsoap.org/claims/CommonName", "commonName"),
    ("http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid", "primaryGroupSID"),
    (f"{DIRECTORY}name", "name"), (f"{DIRECTORY}givenname", "givenName"), (f"{DIRECTORY}surname", "surname"),
    (f"{DIRECTORY}emailaddress", "mail"),
    # As AWS's page spells them.
    ("http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid", "uid"), ("2.5.4.3", "commonName"),
    ("2.5.4.4", "surname"), ("2.4.5.42", "givenName"), ("2.5.4.45", "x500UniqueIdentifier"),
    ("0.9.2342.19200300100.1.1", "uid"), ("0.9.2342.19200300100.1.3", "mail"),
    ("0.9.2342.19200300.100.1.45", "organizationStatus"),
]  # fmt: skip
EVERY = [(attribute, key, "ForAnyValue:StringEquals") for attribute, key in MANY]
EVERY += [(attribute, key, "StringEquals") for attribute, key in ONE]


@pytest.fixture(scope="module")
def idp(account):
    return Idp(account)


def lets_in(idp: Idp, condition: dict, **says) -> bool:
    """Whether a role with this condition in its trust policy takes whoever an assertion says this about."""
    role = idp.role(idp.trusts(**condition))
    return lets_in_markup(idp, role, idp.response(idp.says(role, **says)))


def lets_in_markup(idp: Idp, role, markup: str) -> bool:
    try:
        return bool(idp.redeem(role, markup)["Credentials"])
    except idp.sts.exceptions.ClientError:
        assert denied(lambda: idp.redeem(role, markup)) == NOT_AUTHORIZED
        return False


# -- who it is --------------------------------------------------------------------------------------


def test_the_name_qualifier_is_of_the_issuer_the_account_and_the_provider(account, idp):
    text = f"{ENTITY}{ACCOUNT}/{idp.name}"
    qualifier = base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()
    asks = {"StringEquals": {"saml:namequalifier": qualifier}}
    assert lets_in(idp, asks)
    assert not lets_in(idp, {"StringEquals": {"saml:namequalifier": qualifier.swapcase()}})
    assert not lets_in(Idp(account), asks), "of another provider with the same issuer"
    both = {"StringEquals": {"saml:namequalifier": qualifier, "saml:sub": "alice@corp.example"}}
    assert lets_in(idp, both)
    assert not lets_in(idp, both, name_id="<saml:NameID>bob@corp.example</saml:NameID>")


@pytest.mark.parametrize(
    "written, kind",
    [
        (PERSISTENT, "persistent"),
        (FORMATS.format("2.0", "transient"), "transient"),
        (FORMATS.format("1.1", "emailAddress"), FORMATS.format("1.1", "emailAddress")),
        (FORMATS.format("1.1", "unspecified"), FORMATS.format("1.1", "unspecified")),
        (FORMATS.format("2.0", "kerberos"), FORMATS.format("2.0", "kerberos")),
        (FORMATS.format("1.1", "persistent"), FORMATS.format("1.1", "persistent")),
        (FORMATS.format("2.0", "Transient"), FORMATS.format("2.0", "Transient")),
    ],
)
def test_the_kind_of_a_subject(idp, written, kind):
    says = {"name_id": f'<saml:NameID Format="{written}">alice</saml:NameID>'}
    assert lets_in(idp, {"StringEquals": {"saml:sub_type": kind}}, **says)
    assert idp.sign_in(idp.role(), **says)["SubjectType"] == kind
    for other in {"persistent", "transient", written, PERSISTENT} - {kind}:
        assert not lets_in(idp, {"StringEquals": {"saml:sub_type": other}}, **says), other


def test_a_subject_of_no_kind_has_none(idp):
    says = {"name_id": "<saml:NameID>alice</saml:NameID>"}
    assert lets_in(idp, {"Null": {"saml:sub_type": "true"}}, **says)
    for kind in ("persistent", "transient", "*"):
        assert not lets_in(idp, {"StringLike": {"saml:sub_type": kind}}, **says)
    assert "SubjectType" not in idp.sign_in(idp.role(), **says)


# -- attributes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("attribute, key, operator", EVERY, ids=[f"{attribute}-{key}" for attribute, key, _ in EVERY])
def test_an_attribute_lets_in_whoever_has_the_value_that_is_asked_for(idp, attribute, key, operator):
    asks = {operator: {f"saml:{key}": "wanted"}}
    assert lets_in(idp, asks, more={attribute: ["wanted"]})
    for values in (["other"], ["wanted2"], ["Wanted"], [""]):
        assert not lets_in(idp, asks, more={attribute: values}), values
    assert not lets_in(idp, asks)
    assert not lets_in(idp, asks, more={attribute.upper() + "x": ["wanted"], f"saml:{key}": ["wanted"], key: ["wanted"]})
    assert not lets_in(idp, {"Null": {f"saml:{key}": "true"}}, more={attribute: ["wanted"]})
    assert lets_in(idp, {"Null": {f"saml:{key}": "true"}})


@pytest.mark.parametrize("attribute, key", MANY, ids=[key for _, key in MANY])
def test_an_attribute_of_many_values_is_asked_for_as_a_set(idp, attribute, key):
    says = {"more": {attribute: ["first", "wanted", "last"]}}
    name = f"saml:{key}"
    assert lets_in(idp, {"ForAnyValue:StringEquals": {name: ["wanted", "unknown"]}}, **says)
    assert not lets_in(idp, {"ForAnyValue:StringEquals": {name: ["unknown"]}}, **says)
    assert lets_in(idp, {"ForAllValues:StringEquals": {name: ["last", "wanted", "first"]}}, **says)
    assert not lets_in(idp, {"ForAllValues:StringEquals": {name: ["wanted"]}}, **says)


def test_no_attribute_passes_for_a_key_of_another_kind(idp):
    taken = ("aws:PrincipalTag/team", "saml:sub", "saml:iss", "saml:aud", "saml:doc", "saml:namequalifier", "sts:RoleSessionName")
    for key in taken:
        assert not lets_in(idp, {"StringEquals": {key: "forged"}}, more={key: ["forged"], key.split(":")[1]: ["forged"]}), key


def test_keys_are_found_in_any_case_and_values_are_not(idp):
    says = {"more": {f"{DIRECTORY}emailaddress": ["Alice@Corp"]}}
    for key in ("saml:mail", "SAML:Mail", "saml:MAIL"):
        assert lets_in(idp, {"StringEquals": {key: "Alice@Corp"}}, **says)
        assert not lets_in(idp, {"StringEquals": {key: "alice@corp"}}, **says)
    assert lets_in(idp, {"StringEqualsIgnoreCase": {"saml:mail": "alice@corp"}}, **says)


def test_a_value_is_text_and_no_pattern(idp):
    says = {"more": {f"{DIRECTORY}name": ["ad*"]}}
    assert not lets_in(idp, {"StringLike": {"saml:name": "admin"}}, **says)
    assert lets_in(idp, {"StringLike": {"saml:name": "ad*"}}, **says)


# -- what cannot be asked about -------------------------------------------------------------------------------


def test_an_attribute_with_more_values_than_its_key_lets_nobody_in(idp):
    role = idp.role(idp.trusts(StringNotEquals={"saml:edupersonorgdn": "b"}))
    markup = idp.response(idp.says(role, more={f"{EDU_PERSON}3": ["a", "c"]}))
    refused(lambda: idp.redeem(role, markup), "InvalidIdentityToken", 400, "several values")


@pytest.mark.parametrize(
    "asks, is_let_in",
    [
        ({"ForAllValues:StringEquals": {"saml:mail": "alice@corp"}}, False),
        ({"ForAllValues:StringEquals": {"saml:mail": ["alice@corp", "evil@x"]}}, True),
        ({"ForAnyValue:StringEquals": {"saml:mail": "alice@corp"}}, True),
        ({"ForAnyValue:StringEquals": {"saml:mail": "bob@corp"}}, False),
        ({"StringNotEquals": {"saml:mail": "evil@x"}}, False),
        ({"ForAnyValue:StringEquals": {"saml:mail": "evil@x"}}, True),
    ],
)
def test_of_several_addresses_all_count(idp, asks, is_let_in):
    assert lets_in(idp, asks, more={f"{DIRECTORY}emailaddress": ["evil@x", "alice@corp"]}) is is_let_in


def test_a_value_that_is_no_text_lets_nobody_in(idp):
    asks = {"ForAllValues:StringEquals": {"saml:edupersonaffiliation": "staff"}}
    role = idp.role(idp.trusts(**asks))
    says = idp.says(role, more={f"{EDU_PERSON}1": ["student", "evil"], "urn:x:other": ["strange"]})

    def saying(said: str, instead: str) -> str:
        return says.response(idp.signed(says.markup().replace(said, instead)))

    refused(lambda: idp.redeem(role, saying("evil", "<x>evil</x>")), "InvalidIdentityToken", 400, "no text")
    asked = idp.role(idp.trusts())
    says = idp.says(asked, more={"urn:x:other": ["strange"]})
    assert idp.redeem(asked, saying("strange", "<x>strange</x>"))["Credentials"], "nobody asks for that one"


def test_a_targeted_id_may_be_a_name_id(idp):
    asks = {"ForAnyValue:StringEquals": {"saml:edupersontargetedid": "7"}}
    role = idp.role(idp.trusts(**asks))
    for value, is_let_in in (("7", True), ("8", False)):
        says = idp.says(role, more={f"{EDU_PERSON}10": ["targeted"]})
        markup = says.markup().replace("targeted", f"<saml:NameID>{value}</saml:NameID>")
        assert lets_in_markup(idp, role, says.response(idp.signed(markup))) is is_let_in
