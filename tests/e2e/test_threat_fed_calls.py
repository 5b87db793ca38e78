"""FED-9 and FED-10: what a token or an assertion says stays text and is written nowhere, and a call is whole or none."""

from __future__ import annotations

import json
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from typing import Callable
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import pytest
from botocore.exceptions import ClientError

from harness.clients import Creds
from harness.federated import bad, issuers, role, server, site  # noqa: F401
from harness.raw import FORM, Answer, Raw
from harness.saml import PERSISTENT, Idp, encoded, metadata

FORGED = "</Message></Error><GetCallerIdentityResponse><GetCallerIdentityResult><Arn>x</Arn>]]>{\"a\":1}&lt;"
HOSTILE = [
    FORGED, "</X><GetCallerIdentityResult>", '{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Arn":"x"}}}',
    "a]]>b", "<![CDATA[x]]>", "a&b&amp;c&#60;d", "<!-- x -->", "<?xml version='1.0'?>", "'\"><Arn>",
]  # fmt: skip
EACH_TEXT = pytest.mark.parametrize("text", HOSTILE, ids=[f"text-{n}" for n in range(len(HOSTILE))])
ACCEPTS = ("application/json", "text/xml", "application/json, text/xml")
WEB, SAML = "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"


def post(server, body: bytes, *headers: tuple[str, str]) -> Answer:
    raw = Raw(server)
    request = raw.request("POST", "/", Creds("a", "b"), "sts", headers=[("Content-Type", FORM), *headers], body=body)
    request.headers = [(name, value) for name, value in request.headers if not name.lower().startswith(("authorization", "x-amz-"))]
    return raw.send(request)


def fields_of(action: str, **more: str) -> dict[str, str]:
    return {"Action": action, "Version": "2011-06-15"} | more


def bare(element) -> str:
    return element.tag.rpartition("}")[2]


def one_result(answer: Answer, action: str) -> dict[str, str]:
    """The answer's texts by their element, if it is one result of this action or one refusal and well-formed."""
    assert answer.status in (200, 400), answer.text
    tree = xml.fromstring(answer.text)
    expected = (f"{action}Response", [f"{action}Result", "ResponseMetadata"]) if answer.status == 200 else ("ErrorResponse", ["Error", "RequestId"])
    assert (bare(tree), [bare(part) for part in tree]) == expected, answer.text
    parts = [bare(part) for part in tree.iter()]
    assert not [part for part in parts if part.startswith("GetCallerIdentity")], answer.text
    assert parts.count("Arn") == (1 if answer.status == 200 else 0), answer.text
    return {bare(part): part.text or "" for part in tree.iter()}


@pytest.fixture(scope="module")
def idp(account):
    return Idp(account)


@pytest.fixture(scope="module")
def saml_role(idp):
    return idp.role()


# -- FED-9 ---------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ACCEPTS)
@EACH_TEXT
def test_fed_9_what_a_token_says_is_reflected_as_text(server, site, role, text, accept):
    fields = fields_of(WEB, RoleArn=role.arn, RoleSessionName="one")
    for token, is_good in ((site.token(sub=text), True), (site.token(iss=f"https://{text}"), False)):
        answer = post(server, urlencode(fields | {"WebIdentityToken": token}).encode(), ("Accept", accept))
        told = one_result(answer, WEB)
        assert (answer.status == 200) is is_good, answer.text
        assert text in (told["SubjectFromWebIdentityToken"] if is_good else told["Message"]), answer.text
        assert token not in answer.text


def attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})


@dataclass
class Reflected:
    """Where in an assertion a text stands, and where in the answer it is found again, if at all."""

    says: Callable[[str], dict]
    told: str = ""


ELSEWHERE = "urn:oid:0.9.2342.19200300.100.1.3"
PLACES = {
    "NameID": Reflected(lambda text: {"name_id": f"<saml:NameID>{escape(text)}</saml:NameID>"}, "Subject"),
    "Format": Reflected(lambda text: {"name_id": f'<saml:NameID Format="{attribute(text)}">alice</saml:NameID>'}, "SubjectType"),
    "persistent Format": Reflected(
        lambda text: {"name_id": f'<saml:NameID Format="{PERSISTENT}{attribute(text)}">alice</saml:NameID>'}, "SubjectType"
    ),
    "value": Reflected(lambda text: {"more": {ELSEWHERE: [escape(text)]}}),
    "name of an attribute": Reflected(lambda text: {"more": {attribute(text): ["x"]}}),
}
REFUSED = {
    "RoleSessionName": lambda text: {"attributes": {"RoleSessionName": [escape(text)]}},
    "SourceIdentity": lambda text: {"attributes": {"SourceIdentity": [escape(text)]}},
    "SessionDuration": lambda text: {"attributes": {"SessionDuration": [escape(text)]}},
    "PrincipalTag": lambda text: {"attributes": {"PrincipalTag:team": [escape(text)]}},
    "TransitiveTagKeys": lambda text: {"attributes": {"PrincipalTag:team": ["a"], "TransitiveTagKeys": [escape(text)]}},
    "Recipient": lambda text: {"recipient": attribute(text)},
    "Destination": lambda text: {"destination": attribute(text)},
    "Audience": lambda text: {
        "audience": f"<saml:AudienceRestriction><saml:Audience>{escape(text)}</saml:Audience></saml:AudienceRestriction>"
    },
    "Issuer": lambda text: {"issuer": escape(text)},
}


def redeemed(server, idp: Idp, saml_role, accept: str, **says) -> Answer:
    fields = fields_of(SAML, RoleArn=saml_role.arn, PrincipalArn=idp.arn)
    assertion = encoded(idp.response(idp.says(saml_role, **says)))
    return post(server, urlencode(fields | {"SAMLAssertion": assertion}).encode(), ("Accept", accept))


@pytest.mark.parametrize("accept", ACCEPTS)
@EACH_TEXT
def test_fed_9_what_an_assertion_says_is_reflected_as_text(server, idp, saml_role, text, accept):
    for name, place in PLACES.items():
        answer = redeemed(server, idp, saml_role, accept, **place.says(text))
        told = one_result(answer, SAML)
        assert answer.status == 200, (name, answer.text)
        found = [part for part, value in told.items() if text in value]
        assert found == ([place.told] if place.told else []), (name, answer.text)


@EACH_TEXT
def test_fed_9_what_an_assertion_may_not_say_is_refused_in_one_piece(server, idp, saml_role, text):
    for name, says in REFUSED.items():
        for accept in ACCEPTS:
            answer = redeemed(server, idp, saml_role, accept, **says(text))
            assert one_result(answer, SAML)["Code"] == "InvalidIdentityToken", (name, answer.text)


@EACH_TEXT
def test_fed_9_the_name_that_metadata_gives_an_issuer_is_reflected_as_text(server, account, idp, saml_role, text):
    document = metadata(idp.certificate, entity=attribute(text))
    try:
        account.iam.update_saml_provider(SAMLProviderArn=idp.arn, SAMLMetadataDocument=document)
        for accept in ACCEPTS:
            answer = redeemed(server, idp, saml_role, accept, issuer=escape(text))
            assert answer.status == 200 and one_result(answer, SAML)["Issuer"] == text, answer.text
            other = redeemed(server, idp, saml_role, accept)
            assert one_result(other, SAML)["Message"] == "Issuer not present in specified provider"
    finally:
        idp.update(idp.certificate)


def test_fed_9_nothing_of_a_token_is_written_down(server, account, site, role):
    secret = "canary-of-a-claim"
    token = site.token(sub="visible-subject", nonce=secret)
    site.assume(account, role, token)
    bad(site, account, role, token[:-8] + "AAAAAAAA")
    log = server.log_path.read_text()
    events = json.dumps(account.client("cloudtrail").lookup_events(MaxResults=50), default=str)
    for text in (log, events):
        assert token not in text and token.split(".")[1] not in text and secret not in text
    assert "visible-subject" in events


# -- FED-10 --------------------------------------------------------------------------


@dataclass
class Call:
    """A call of federation, and what is no value of each of its parameters."""

    action: str
    proof: str
    fields: dict[str, str]
    prove: Callable[[], str]
    wrong: dict[str, list] = field(default_factory=dict)

    def good(self) -> dict[str, str]:
        """Every field, with a proof that nobody has shown yet."""
        return self.fields | {self.proof: self.prove()}


def web_identity(server, account, site, role) -> Call:
    fields = fields_of(WEB, RoleArn=role.arn, RoleSessionName="fed-ten")
    return Call(WEB, "WebIdentityToken", fields, site.token, {
        "RoleSessionName": ["a", "a b", "x" * 65, "a\n"],
        "WebIdentityToken": ["abc", "x" * 20001, lambda good: good[:-9], lambda good: good + "x", lambda good: f" {good}"],
        "Action": [SAML, "AssumeRole", f"{WEB}X", "GetSessionToken", "GetFederationToken", "GetCallerIdentity"],
    })


def saml(server, account, site, role) -> Call:
    idp = Idp(account)
    role = idp.role()
    fields = fields_of(SAML, RoleArn=role.arn, PrincipalArn=idp.arn)
    other = idp.arn.replace("saml-provider/", "saml-provider/not-")
    return Call(SAML, "SAMLAssertion", fields, lambda: encoded(idp.response(idp.says(role))), {
        "PrincipalArn": ["nonsense-nonsense-nonsense", role.arn, other, idp.arn + "*", idp.arn.replace(":iam:", ":sts:")],
        "SAMLAssertion": [
            "abc", "!" * 100, "x" * 100_001, lambda good: good[:-9], lambda good: good[:400] + "AAAA" + good[404:],
            lambda good: good[4:], lambda good: encoded(good),
        ],
        "Action": [WEB, "AssumeRole", f"{SAML}X", "GetSessionToken", "GetFederationToken", "GetCallerIdentity"],
    })  # fmt: skip


CALLS = [web_identity, saml]
ROLES = ["nonsense-nonsense-nonsense", lambda good: f" {good}", lambda good: good.upper(), "x" * 19, "x" * 2049]
VERSIONS = ["2011-06-16", "2010-05-08", "latest"]


@pytest.fixture(scope="module", params=CALLS, ids=lambda made: made.__name__)
def call(request, server, account, site, role) -> Call:
    made = request.param(server, account, site, role)
    made.wrong |= {"RoleArn": ROLES, "Version": VERSIONS}
    return made


def refuse(server, body) -> None:
    """It is refused; as a call that has to be signed, unless it is one of the two that have not."""
    answer = post(server, urlencode(body).encode())
    pairs = body.items() if isinstance(body, dict) else body
    named = sorted(pair for pair in pairs if pair[0] in ("Action", "Version"))
    if named in (sorted(fields_of(WEB).items()), sorted(fields_of(SAML).items())):
        assert answer.status == 400, (body, answer.text)
    else:
        assert (answer.status, answer.code) == (403, "MissingAuthenticationToken"), (body, answer.text)
    assert bare(xml.fromstring(answer.text)) == "ErrorResponse", answer.text
    assert "AccessKeyId" not in answer.text and "Result" not in answer.text


def still_good(server, call: Call, fields: dict[str, str]) -> None:
    answer = post(server, urlencode(fields).encode())
    assert answer.status == 200 and one_result(answer, call.action), answer.text


def test_fed_10_a_call_without_one_of_its_parameters_is_no_call(server, call):
    for name in call.good():
        good = call.good()
        refuse(server, {key: value for key, value in good.items() if key != name})
        still_good(server, call, good)


def test_fed_10_an_empty_parameter_is_none(server, call):
    for name in call.good():
        good = call.good()
        refuse(server, good | {name: ""})
        still_good(server, call, good)


def test_fed_10_a_parameter_that_comes_twice_is_refused(server, call):
    for name in call.good():
        good = call.good()
        for second in (good[name], "", "other", good[name] + "x"):
            refuse(server, [*good.items(), (name, second)])
            refuse(server, [(name, second), *good.items()])
        still_good(server, call, good)


def test_fed_10_a_parameter_that_is_spoilt_is_refused(server, call):
    for name, values in call.wrong.items():
        for value in values:
            good = call.good()
            spoilt = value(good[name]) if callable(value) else value
            refuse(server, good | {name: spoilt})
            still_good(server, call, good)


def test_fed_10_another_role_than_the_one_that_is_meant_is_not_had(server, call):
    good = call.good()
    arn = good["RoleArn"]
    for other in (
        f"{arn}*", f"{arn} ", arn.replace(":role/", ":role//"), arn.replace(":iam:", ":sts:"), arn.replace(":role/", ":user/"),
        arn.replace("arn:aws:", "arn:aws-cn:"), arn.replace("123456789012", "12345678901"), arn.replace("123456789012", ""),
        arn.replace("123456789012", "210987654321"), "arn:aws:s3:::bucket-of-somebody", f"{arn},{arn}",
    ):
        answer = post(server, urlencode(good | {"RoleArn": other}).encode())
        assert answer.code in ("AccessDenied", "ValidationError", "InvalidIdentityToken"), (other, answer.text)
        assert answer.status == (403 if answer.code == "AccessDenied" else 400), (other, answer.text)
    still_good(server, call, good)


def test_fed_10_what_may_be_added_is_whole_as_well(server, call):
    good = call.good()
    for more in (
        {"DurationSeconds": "1"}, {"DurationSeconds": "x"}, {"DurationSeconds": "3600.5"}, {"DurationSeconds": "-3600"},
        {"DurationSeconds": "99999999999999999999"}, {"DurationSeconds": ""}, {"Policy": "{"}, {"Policy": "[]"},
        {"PolicyArns.member.1.arn": "nonsense-nonsense-nonsense"}, {"PolicyArns.member.2.arn": "x"}, {"PolicyArns": "x"},
    ):  # fmt: skip
        refuse(server, good | more)
    still_good(server, call, good)


def test_fed_10_a_built_in_provider_is_none(server, account, site, role):
    good = web_identity(server, account, site, role).good()
    for provider in ("www.amazon.com", "graph.facebook.com", "accounts.google.com", site.host, "x"):
        answer = post(server, urlencode(good | {"ProviderId": provider}).encode())
        assert answer.status == 400, answer.text


def test_fed_10_a_proof_of_one_kind_is_none_of_the_other(server, account, site, role):
    web, other = web_identity(server, account, site, role), saml(server, account, site, role)
    for call, proof in ((web, other.prove()), (other, web.prove())):
        refuse(server, call.good() | {call.proof: proof})
        stranger = web.proof if call is other else other.proof
        fields = {name: value for name, value in call.good().items() if name != call.proof}
        refuse(server, fields | {stranger: proof})


def test_fed_10_a_signature_changes_nothing(account, site, role):
    """Good or bad, it is not looked at: the token alone says who it is."""
    for creds in (account.root, Creds("AKIAIOSFODNN7EXAMPLE", "wrong")):
        answer = account.client("sts", creds).assume_role_with_web_identity(
            RoleArn=role.arn, RoleSessionName="signed", WebIdentityToken=site.token()
        )
        assert answer["SubjectFromWebIdentityToken"] == "somebody"
    with pytest.raises(ClientError):
        account.client("sts", account.root).assume_role_with_web_identity(
            RoleArn=role.arn, RoleSessionName="signed", WebIdentityToken=site.token() + "x"
        )
