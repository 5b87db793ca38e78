"""IAM: OpenID Connect and SAML providers, as records that trust policies name."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from harness import documents as doc
from harness.account import Account, fresh
from harness.audit import file_events, lookup
from harness.expect import allowed, denied, refused
from harness.server import ACCOUNT, Server

SAML = Path(__file__).parent / "saml"
METADATA = (SAML / "metadata.xml").read_text()
KEY, KEY_PKCS1 = (SAML / "key.pem").read_text(), (SAML / "key-pkcs1.pem").read_text()
PRINT = "0123456789abcdefABCDEF0123456789abcdef01"


@pytest.fixture
def iam(account):
    return account.iam


def oidc_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:oidc-provider/{name}"


def saml_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:saml-provider/{name}"


def tags(**pairs: str) -> list[dict]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


# -- OpenID Connect ---------------------------------------------------------------------------------


@pytest.fixture
def oidc(iam):
    """An issuer with one audience; gives its ARN."""
    url = f"https://{fresh('issuer')}.example.com/realm"
    return iam.create_open_id_connect_provider(Url=url, ClientIDList=["first"])["OpenIDConnectProviderArn"]


def shown(iam, arn: str) -> dict:
    return iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def test_an_issuer_is_made_shown_listed_and_deleted(iam):
    host = f"{fresh('idp')}.example.com"
    made = iam.create_open_id_connect_provider(
        Url=f"https://{host}/Realms/One", ClientIDList=["a", "b", "a"], ThumbprintList=[PRINT], Tags=tags(team="blue")
    )
    arn = oidc_arn(f"{host}/Realms/One")
    assert made["OpenIDConnectProviderArn"] == arn and made["Tags"] == tags(team="blue")
    found = shown(iam, arn)
    assert (found["Url"], found["ClientIDList"], found["ThumbprintList"]) == (f"{host}/Realms/One", ["a", "b"], [PRINT])
    assert found["Tags"] == tags(team="blue")
    assert abs((found["CreateDate"] - datetime.now(timezone.utc)).total_seconds()) < 60
    listed = lambda: [entry["Arn"] for entry in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]  # noqa: E731
    assert listed().count(arn) == 1
    delete = lambda: iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)  # noqa: E731
    allowed(delete)
    allowed(delete)  # once more is no error
    assert arn not in listed()
    refused(lambda: shown(iam, arn), "NoSuchEntity", 404, f"OpenIDConnect Provider not found for arn {arn}")


def test_without_thumbprint_and_audience_there_are_none(iam):
    url = f"https://{fresh('bare')}.example.com"
    found = shown(iam, iam.create_open_id_connect_provider(Url=url)["OpenIDConnectProviderArn"])
    assert (found["ClientIDList"], found["ThumbprintList"], found["Tags"]) == ([], [], [])


def test_an_issuer_is_there_once(iam, oidc):
    url = "https://" + shown(iam, oidc)["Url"]
    for again in (url, url.replace("realm", "REALM")):
        refused(lambda: iam.create_open_id_connect_provider(Url=again), "EntityAlreadyExists", 409, "already exists.")
    allowed(lambda: iam.create_open_id_connect_provider(Url=f"{url}/deeper"))
    # Its ARN is found as it is written and not otherwise.
    refused(lambda: shown(iam, oidc.replace("realm", "REALM")), "NoSuchEntity", 404)


@pytest.mark.parametrize(
    "url",
    ["http://idp.example.com", "idp.example.com", "HTTPS://idp.example.com", "https://", "https:///path", "https://idp.example.com:443",
     "https://idp.example.com/?q=1", "https://idp.example.com/a#b", "https://user@idp.example.com", "https://idp..example.com",
     "https://*.example.com", "https://idp.example.com/*", "https://idp.example.com/${aws:username}", "https://idp.example.com/a b",
     "https://-idp.example.com", "https://idp_.example.com", "https://idp.example.com/ü", "https://[::1]/"],
)  # fmt: skip
def test_a_url_that_is_none(iam, url):
    refused(lambda: iam.create_open_id_connect_provider(Url=url), "InvalidInput", 400, "Invalid Open ID Connect Provider URL")


def test_audiences_come_and_go(iam, oidc):
    add = lambda name: iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=oidc, ClientID=name)  # noqa: E731
    remove = lambda name: iam.remove_client_id_from_open_id_connect_provider(  # noqa: E731
        OpenIDConnectProviderArn=oidc, ClientID=name
    )
    for name in ("second", "second"):
        add(name)
    assert shown(iam, oidc)["ClientIDList"] == ["first", "second"]
    for name in ("first", "first"):
        remove(name)
    assert shown(iam, oidc)["ClientIDList"] == ["second"]
    for number in range(99):
        add(f"n{number}")
    refused(lambda: add("one more"), "LimitExceeded", 409, "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")
    allowed(lambda: add("second"))
    many = [f"n{number}" for number in range(101)]
    make = lambda: iam.create_open_id_connect_provider(Url=f"https://{fresh('many')}.example.com", ClientIDList=many)  # noqa: E731
    refused(make, "LimitExceeded", 409)


def test_thumbprints_are_replaced(iam, oidc):
    update = lambda *prints: iam.update_open_id_connect_provider_thumbprint(  # noqa: E731
        OpenIDConnectProviderArn=oidc, ThumbprintList=list(prints)
    )
    five = [f"{number}" * 40 for number in range(5)]
    update(PRINT)
    update(*five)
    assert shown(iam, oidc)["ThumbprintList"] == five
    refused(lambda: update(*five, PRINT), "InvalidInput", 400, "at most 5")
    refused(lambda: update("g" * 40), "InvalidInput", 400, "hexadecimal")
    refused(lambda: update("a" * 41), "ValidationError", 400)
    assert shown(iam, oidc)["ThumbprintList"] == five


def test_what_is_no_issuer_here(iam, oidc):
    absent = oidc_arn("nowhere.example.com")
    calls = [
        lambda arn: shown(iam, arn),
        lambda arn: iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a"),
        lambda arn: iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a"),
        lambda arn: iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=[PRINT]),
        lambda arn: iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=tags(a="b")),
        lambda arn: iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["a"]),
        lambda arn: iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn),
    ]
    for call in calls:
        refused(lambda: call(absent), "NoSuchEntity", 404)
    for call in [*calls, lambda arn: iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)]:
        for odd in ("not-an-arn-but-long-enough", saml_arn("nowhere"), f"arn:aws:iam::{ACCOUNT}:user/nowhere"):
            refused(lambda: call(odd), "InvalidInput", 400, "Invalid ARN")


# -- SAML -------------------------------------------------------------------------------------------


@pytest.fixture
def saml(iam):
    """A provider; gives its ARN."""
    return iam.create_saml_provider(Name=fresh("saml"), SAMLMetadataDocument=METADATA)["SAMLProviderArn"]


def held(iam, arn: str) -> dict:
    return iam.get_saml_provider(SAMLProviderArn=arn)


def test_a_provider_is_made_shown_listed_and_deleted(iam):
    name = fresh("Corp")
    dated = METADATA.replace("entityID=", 'validUntil="2031-02-03T04:05:06Z" entityID=')
    made = iam.create_saml_provider(Name=name, SAMLMetadataDocument=dated, Tags=tags(team="blue"))
    assert made["SAMLProviderArn"] == (arn := saml_arn(name)) and made["Tags"] == tags(team="blue")
    found = held(iam, arn)
    until = datetime(2031, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    assert found["SAMLMetadataDocument"] == dated and found["ValidUntil"] == until and found["Tags"] == tags(team="blue")
    assert len(found["SAMLProviderUUID"]) >= 22 and found["PrivateKeyList"] == [] and "AssertionEncryptionMode" not in found
    [listed] = [entry for entry in iam.list_saml_providers()["SAMLProviderList"] if entry["Arn"] == arn]
    assert listed == {"Arn": arn, "ValidUntil": until, "CreateDate": found["CreateDate"]}
    for again in (name, name.upper()):
        refused(lambda: iam.create_saml_provider(Name=again, SAMLMetadataDocument=METADATA), "EntityAlreadyExists", 409)
    answer = iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=METADATA)
    assert answer["SAMLProviderArn"] == arn
    changed = held(iam, arn)
    assert changed["SAMLMetadataDocument"] == METADATA and "ValidUntil" not in changed
    assert changed["SAMLProviderUUID"] == found["SAMLProviderUUID"]
    iam.delete_saml_provider(SAMLProviderArn=arn)
    refused(lambda: held(iam, arn), "NoSuchEntity", 404, f"Manifest not found for arn {arn}")
    # A namesake is another.
    iam.create_saml_provider(Name=name, SAMLMetadataDocument=METADATA)
    assert held(iam, arn)["SAMLProviderUUID"] != found["SAMLProviderUUID"]


ENTITY = '<!DOCTYPE md [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
BOMB = '<!DOCTYPE md [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "document",
    [
        METADATA.replace("<!-- An identity provider that does not exist. -->", ENTITY),
        METADATA.replace("<!-- An identity provider that does not exist. -->", BOMB).replace("emailAddress", "&b;"),
        METADATA.replace("emailAddress", "&unknown;"),
        METADATA.replace("<!-- An identity provider that does not exist. -->", '<?xml-stylesheet href="a.xsl"?>'),
        METADATA.replace("md:EntityDescriptor", "md:Other"),
        METADATA.replace("IDPSSODescriptor", "SPSSODescriptor"),
        METADATA.replace('use="signing"', 'use="encryption"'),
        METADATA.replace("X509Certificate", "X509Other"),
        METADATA.replace("MII", "AAA"),
        METADATA.replace('entityID="https://idp.example.com/metadata"', ""),
        METADATA.replace("entityID", 'validUntil="soon" entityID'),
        METADATA.replace("</md:EntityDescriptor>", ""),
        METADATA + METADATA,
        "no XML at all " * 100,
        "<a>" * 5000,
        METADATA + " " * (1024 * 1024),
    ],
    ids=["file", "bomb", "entity", "instruction", "root", "service provider", "no signing key", "no certificate", "not one", "nobody",
         "no date", "unclosed", "two", "text", "deep", "large"],
)  # fmt: skip
def test_metadata_that_is_none(account, iam, saml, document):
    make = lambda: iam.create_saml_provider(Name=fresh("bad"), SAMLMetadataDocument=document)  # noqa: E731
    refused(make, "InvalidInput", 400, "Could not parse metadata")
    refused(lambda: iam.update_saml_provider(SAMLProviderArn=saml, SAMLMetadataDocument=document), "InvalidInput", 400)
    assert held(iam, saml)["SAMLMetadataDocument"] == METADATA and account.server.alive()


def test_names_and_lengths_are_checked(iam):
    make = lambda **given: iam.create_saml_provider(**{"Name": fresh("n"), "SAMLMetadataDocument": METADATA} | given)  # noqa: E731
    for odd in [{"Name": "a b"}, {"Name": "a/b"}, {"Name": "n" * 129}, {"AssertionEncryptionMode": "Perhaps"}]:
        refused(lambda: make(**odd), "ValidationError", 400)
    message = refused(lambda: make(AddPrivateKey="☃"), "ValidationError", 400)
    assert "☃" not in message


def test_private_keys_are_kept_and_never_shown(iam, saml):
    update = lambda **given: iam.update_saml_provider(SAMLProviderArn=saml, **given)  # noqa: E731
    refused(lambda: update(AssertionEncryptionMode="Required"), "InvalidInput", 400, "private key")
    update(AssertionEncryptionMode="Required", AddPrivateKey=KEY)
    update(AddPrivateKey=KEY_PKCS1)
    found = held(iam, saml)
    assert found["AssertionEncryptionMode"] == "Required"
    one, two = [key["KeyId"] for key in found["PrivateKeyList"]]
    assert one != two and len(one) >= 22 and one.isalnum() and one.isupper()
    refused(lambda: update(AddPrivateKey=KEY), "LimitExceeded", 409)
    update(RemovePrivateKey=one, AddPrivateKey=KEY)  # one out, one in
    refused(lambda: update(RemovePrivateKey=one), "NoSuchEntity", 404)
    update(RemovePrivateKey=two)
    [last] = held(iam, saml)["PrivateKeyList"]
    refused(lambda: update(RemovePrivateKey=last["KeyId"]), "InvalidInput", 400)
    update(RemovePrivateKey=last["KeyId"], AssertionEncryptionMode="Allowed")
    assert held(iam, saml)["PrivateKeyList"] == []
    for odd in ["no key", KEY.replace("PRIVATE", "PUBLIC"), KEY.replace("MII", "AAA"), KEY[:400], METADATA]:
        message = refused(lambda: update(AddPrivateKey=odd), "InvalidInput", 400, "The private key is no RSA key")
        assert odd not in message


def test_what_is_no_provider_here(iam):
    absent = saml_arn("nowhere")
    for call in [
        lambda arn: held(iam, arn),
        lambda arn: iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=METADATA),
        lambda arn: iam.delete_saml_provider(SAMLProviderArn=arn),
        lambda arn: iam.tag_saml_provider(SAMLProviderArn=arn, Tags=tags(a="b")),
        lambda arn: iam.untag_saml_provider(SAMLProviderArn=arn, TagKeys=["a"]),
        lambda arn: iam.list_saml_provider_tags(SAMLProviderArn=arn),
    ]:
        refused(lambda: call(absent), "NoSuchEntity", 404, "Manifest not found for arn")
        for odd in ("not-an-arn-but-long-enough", oidc_arn("a.example.com")):
            refused(lambda: call(odd), "InvalidInput", 400, "Invalid ARN")


# -- both -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, member", [("open_id_connect", "OpenIDConnectProviderArn"), ("saml", "SAMLProviderArn")])
def test_tags_of_a_provider(request, iam, kind, member):
    arn = {member: request.getfixturevalue("oidc" if kind == "open_id_connect" else "saml")}
    put, take = getattr(iam, f"tag_{kind}_provider"), getattr(iam, f"untag_{kind}_provider")
    put(**arn, Tags=tags(b="2", a="1", c="3"))
    pages = iam.get_paginator(f"list_{kind}_provider_tags") if iam.can_paginate(f"list_{kind}_provider_tags") else None
    read = getattr(iam, f"list_{kind}_provider_tags")
    first = read(**arn, MaxItems=2)
    rest = read(**arn, MaxItems=2, Marker=first["Marker"])
    assert [tag["Value"] for tag in first["Tags"] + rest["Tags"]] == ["1", "2", "3"]
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)
    if pages:
        paged = pages.paginate(**arn, PaginationConfig={"PageSize": 2})
        assert [tag["Value"] for page in paged for tag in page["Tags"]] == ["1", "2", "3"]
    take(**arn, TagKeys=["a", "none"])
    assert [tag["Key"] for tag in read(**arn)["Tags"]] == ["b", "c"]
    refused(lambda: put(**arn, Tags=tags(x="1", X="2")), "InvalidInput", 400)
    refused(lambda: put(**arn, Tags=tags(**{"aws:x": "1"})), "InvalidInput", 400)
    refused(lambda: put(**arn, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(49)]), "LimitExceeded", 409)


def test_permissions_are_asked_on_the_provider(account, iam, oidc, saml):
    user = account.make_user("keeper")
    mine = account.client("iam", user.creds)
    calls = [
        (oidc, "GetOpenIDConnectProvider", lambda: shown(mine, oidc)),
        (oidc, "TagOpenIDConnectProvider", lambda: mine.tag_open_id_connect_provider(OpenIDConnectProviderArn=oidc, Tags=tags(a="b"))),
        (saml, "GetSAMLProvider", lambda: held(mine, saml)),
        (saml, "UpdateSAMLProvider", lambda: mine.update_saml_provider(SAMLProviderArn=saml, SAMLMetadataDocument=METADATA)),
    ]  # fmt: skip
    for arn, action, call in calls:
        account.user_policy(user.name, doc.policy(doc.allow("iam:*", arn + "x")))
        denied(call, f"iam:{action}")
        account.user_policy(user.name, doc.policy(doc.allow(f"iam:{action}", arn)))
        allowed(call)
    account.user_policy(user.name, doc.policy(doc.allow(["iam:CreateSAMLProvider", "iam:CreateOpenIDConnectProvider"])))
    denied(lambda: mine.create_saml_provider(Name=fresh("t"), SAMLMetadataDocument=METADATA, Tags=tags(a="b")), "iam:TagSAMLProvider")
    url = f"https://{fresh('t')}.example.com"
    denied(lambda: mine.create_open_id_connect_provider(Url=url, Tags=tags(a="b")), "iam:TagOpenIDConnectProvider")
    allowed(lambda: mine.create_open_id_connect_provider(Url=url))
    denied(lambda: mine.list_saml_providers())
    denied(lambda: mine.list_open_id_connect_providers())


def test_roles_go_on_naming_a_provider_that_is_gone(account, iam, oidc, saml):
    def federated(arn: str, action: str) -> str:
        return doc.policy({"Effect": "Allow", "Principal": {"Federated": arn}, "Action": action})

    documents = [federated(oidc, "sts:AssumeRoleWithWebIdentity"), federated(saml, "sts:AssumeRoleWithSAML")]
    roles = [account.make_role("federated", trust=document) for document in documents]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=oidc)
    iam.delete_saml_provider(SAMLProviderArn=saml)
    for role, document, arn in zip(roles, documents, (oidc, saml)):
        assert iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Federated": arn}
        allowed(lambda: iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=document))
        denied(lambda: account.assume(role))


def test_the_account_counts_its_providers(iam):
    count = lambda: iam.get_account_summary()["SummaryMap"]["Providers"]  # noqa: E731
    before = count()
    arn = iam.create_saml_provider(Name=fresh("counted"), SAMLMetadataDocument=METADATA)["SAMLProviderArn"]
    iam.create_open_id_connect_provider(Url=f"https://{fresh('counted')}.example.com")
    assert count() == before + 2
    iam.delete_saml_provider(SAMLProviderArn=arn)
    assert count() == before + 1


def test_there_are_so_many_and_no_more():
    with Server(flags=("--quota", "saml-providers=1", "--quota", "oidc-providers=1")) as server:
        iam = Account(server).iam
        saml = lambda name: lambda: iam.create_saml_provider(Name=name, SAMLMetadataDocument=METADATA)  # noqa: E731
        allowed(saml("one"))
        refused(saml("two"), "LimitExceeded", 409, "Cannot exceed quota for SAMLProvidersPerAccount: 1")
        oidc = lambda host: lambda: iam.create_open_id_connect_provider(Url=f"https://{host}")  # noqa: E731
        allowed(oidc("one.example.com"))
        refused(oidc("two.example.com"), "LimitExceeded", 409, "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 1")


def test_providers_last_and_their_private_keys_are_told_nobody(tmp_path):
    with Server(data=tmp_path / "data") as server:
        iam = Account(server).iam
        arn = iam.create_saml_provider(
            Name="lasting", SAMLMetadataDocument=METADATA, AssertionEncryptionMode="Required", AddPrivateKey=KEY
        )["SAMLProviderArn"]
        issuer = iam.create_open_id_connect_provider(Url="https://idp.example.com/", ClientIDList=["a"])["OpenIDConnectProviderArn"]
        before = [held(iam, arn), shown(iam, issuer)]
        server.restart()
        account = Account(server)
        after = [held(account.iam, arn), shown(account.iam, issuer)]
        for answer in before + after:
            del answer["ResponseMetadata"]
        assert after == before
        told = [str(event) for event in lookup(account)]
        said = server.log()
        server.stop()
    told += [str(event) for event in file_events(tmp_path / "data")]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    secret = KEY.splitlines()[5]
    assert any("CreateSAMLProvider" in event for event in told)
    assert secret not in said and not any(secret in event for event in told)
    assert secret.encode() not in kept
