"""AssumeRoleWithSAML: what an assertion gives, and every rule that it must keep, with boto3 against the real server and
assertions that signxml signs."""

from __future__ import annotations

import base64
import hashlib
import random
from datetime import datetime, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.center import Center
from harness import documents as doc
from harness.audit import event_of
from harness.clients import Creds
from harness.expect import denied, refused
from harness.saml import BEARER, ENTITY, SIGN_IN, Idp, encoded, instant
from harness.server import ACCOUNT

OWN = "https://sts.example.com/_portcullis/saml"
FLAGS = ("--saml-recipient", OWN)
INVALID = "InvalidIdentityToken"
NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithSAML"
AUDIENCE = "<saml:AudienceRestriction><saml:Audience>{}</saml:Audience></saml:AudienceRestriction>"


@pytest.fixture(scope="module")
def idp(account):
    return Idp(account)


@pytest.fixture(scope="module")
def role(idp, account):
    made = idp.role(MaxSessionDuration=43200)
    account.role_policy(made.name, doc.policy(doc.allow("*")))
    return made


def refuse(idp: Idp, role, message: str = "", code: str = INVALID, **says) -> None:
    refused(lambda: idp.sign_in(role, **says), code, 400, message)


def lasts(answer: dict) -> float:
    return (answer["Credentials"]["Expiration"] - datetime.now(timezone.utc)).total_seconds()


# -- what it gives ----------------------------------------------------------------------------------


def test_an_assertion_becomes_a_session(account, idp, role):
    answer = idp.sign_in(role, session="alice@corp")
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": f"{role.role_id}:alice@corp", "Arn": role.session_arn("alice@corp")
    }
    assert answer["Subject"] == "alice@corp.example" and answer["SubjectType"] == "persistent"
    assert answer["Issuer"] == ENTITY and answer["Audience"] == SIGN_IN
    qualifier = base64.b64encode(hashlib.sha1(f"{ENTITY}{ACCOUNT}/{idp.name}".encode()).digest()).decode()
    assert answer["NameQualifier"] == qualifier and "SourceIdentity" not in answer
    assert 3500 < lasts(answer) <= 3600
    creds = Creds.issued(answer)
    assert account.whoami(creds)["Arn"] == role.session_arn("alice@corp")
    assert account.client("iam", creds).list_users()["Users"] is not None


@pytest.mark.parametrize("whole", (False, True))
@pytest.mark.parametrize("digest", ("SHA256", "SHA384", "SHA512"))
def test_assertion_or_response_may_be_signed_by_rsa(idp, role, digest, whole):
    assert idp.redeem(role, idp.response(idp.says(role), whole=whole, digest=digest))["Credentials"]


@pytest.mark.parametrize("curve, digest", ((ec.SECP256R1(), "SHA256"), (ec.SECP384R1(), "SHA384"), (ec.SECP521R1(), "SHA512")))
def test_it_may_be_signed_on_a_curve(account, curve, digest):
    own = Idp(account, curve)
    role = own.role()
    assert own.redeem(role, own.response(own.says(role), digest=digest))["Credentials"]


def test_both_may_be_signed(idp, role):
    says = idp.says(role)
    assert idp.redeem(role, idp.signed(says.response(idp.signed(says.markup()))))["Credentials"]


def test_the_pair_may_stand_in_either_order_among_others(idp, role):
    pairs = ["arn:aws:iam::123456789012:role/other,x", f"{idp.arn} , {role.arn}"]
    assert idp.sign_in(role, attributes={"Role": pairs})["Credentials"]


def test_the_shortest_lifetime_holds(idp, role):
    def life(duration=None, session_ends=None, **attributes):
        says = idp.says(role, session_ends=session_ends, attributes=attributes)
        more = {"DurationSeconds": duration} if duration else {}
        return lasts(idp.redeem(role, idp.response(says), **more))

    assert 7100 < life(7200) <= 7200
    assert 880 < life(7200, SessionDuration=["900"]) <= 900
    assert 3500 < life(None, SessionDuration=["43200"]) <= 3600
    assert 1100 < life(7200, session_ends=1200) <= 1200
    assert 580 < life(7200, session_ends=600, SessionDuration=["900"]) <= 600


def test_more_than_the_role_allows_is_refused(idp):
    role = idp.role()
    says = idp.response(idp.says(role))
    refused(lambda: idp.redeem(role, says, DurationSeconds=7200), "ValidationError", 400, "MaxSessionDuration")
    assert idp.redeem(role, says)["Credentials"], "what was refused is not used up"


def test_session_policies_and_tags_limit_and_describe(account, idp):
    role = idp.role()
    account.role_policy(role.name, doc.policy(doc.allow("*", StringEquals={"aws:PrincipalTag/team": "blue"})))
    attributes = {"PrincipalTag:team": ["blue"], "PrincipalTag:Cost": ["7"], "TransitiveTagKeys": ["team"]}
    creds = Creds.issued(idp.sign_in(role, attributes=attributes))
    assert account.client("iam", creds).list_users()
    plain = Creds.issued(idp.sign_in(role, attributes={"PrincipalTag:team": ["red"]}))
    denied(lambda: account.client("iam", plain).list_users())
    limited = idp.redeem(
        role, idp.response(idp.says(role, attributes=attributes)), Policy=doc.policy(doc.allow("s3:*"))
    )
    assert limited["PackedPolicySize"] > 0
    denied(lambda: account.client("iam", Creds.issued(limited)).list_users())


def test_session_policies_that_are_none_or_too_much_are_refused(idp, role):
    markup = idp.response(idp.says(role))
    refused(lambda: idp.redeem(role, markup, Policy="{}"), "MalformedPolicyDocument", 400)
    noise = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=.@-"
    huge = {f"PrincipalTag:k{n}": ["".join(noise.choices(letters, k=256))] for n in range(50)}
    refuse(idp, role, "of allotted space", code="PackedPolicyTooLarge", attributes=huge)


def test_a_source_identity_stays_for_the_chain(account, idp, role):
    answer = idp.sign_in(role, attributes={"SourceIdentity": ["alice"]})
    assert answer["SourceIdentity"] == "alice"
    creds = Creds.issued(answer)
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    next_role = account.make_role(trust=doc.trust(role.arn, actions=actions))
    made = account.client("sts", creds).assume_role(RoleArn=next_role.arn, RoleSessionName="next")
    assert made["SourceIdentity"] == "alice"


# -- condition keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key, value",
    (
        ("saml:aud", SIGN_IN),
        ("saml:iss", ENTITY),
        ("saml:sub", "alice@corp.example"),
        ("saml:sub_type", "persistent"),
        ("saml:doc", f"{ACCOUNT}/{{name}}"),
        ("saml:edupersonprincipalname", "alice@edu"),
        ("saml:mail", "alice@mail"),
        ("sts:RoleSessionName", "alice"),
        ("sts:SourceIdentity", "alice-source"),
        ("aws:RequestTag/team", "blue"),
        ("aws:FederatedProvider", "{arn}"),
    ),
)
def test_a_trust_policy_may_ask_for(idp, key, value):
    value = value.format(name=idp.name, arn=idp.arn)
    says = {
        "attributes": {"PrincipalTag:team": ["blue"], "SourceIdentity": ["alice-source"]},
        "more": {
            "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": ["alice@edu"],
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": ["alice@mail"],
        },
    }
    assert idp.sign_in(idp.role(idp.trusts(StringEquals={key: value})), **says)["Credentials"]
    other = idp.role(idp.trusts(StringEquals={key: value + "x"}))
    denied(lambda: idp.sign_in(other, **says), NOT_AUTHORIZED)


def test_many_values_are_asked_for_as_a_set(idp):
    says = {"more": {"urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["member", "staff"]}}
    asks = {"ForAnyValue:StringEquals": {"saml:edupersonaffiliation": ["staff"]}}
    assert idp.sign_in(idp.role(idp.trusts(**asks)), **says)["Credentials"]
    asks = {"ForAnyValue:StringEquals": {"saml:edupersonaffiliation": ["student"]}}
    denied(lambda: idp.sign_in(idp.role(idp.trusts(**asks)), **says), NOT_AUTHORIZED)


@pytest.mark.parametrize(
    "key, stays",
    (("saml:sub", True), ("saml:sub_type", True), ("saml:namequalifier", True), ("saml:aud", False), ("saml:iss", False)),
)
def test_of_the_keys_three_stay_with_the_session(account, idp, key, stays):
    role = idp.role()
    account.role_policy(role.name, doc.policy(doc.allow("iam:ListUsers", Null={key: "false"})))
    iam = account.client("iam", Creds.issued(idp.sign_in(role)))
    if stays:
        assert iam.list_users()
    else:
        denied(iam.list_users)


# -- what it must say -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attributes, message",
    (
        ({"RoleSessionName": None}, "RoleSessionName is required in AuthnResponse"),
        ({"RoleSessionName": ["a"]}, "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        ({"RoleSessionName": ["al ice"]}, "RoleSessionName in AuthnResponse must match"),
        ({"RoleSessionName": ["alice", "bob"]}, "RoleSessionName in AuthnResponse must match"),
        ({"SourceIdentity": ["aws:alice"]}, 'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'),
        ({"SourceIdentity": ["a" * 65]}, "Source Identity must match"),
        ({"SessionDuration": ["899"]}, "SessionDuration"),
        ({"SessionDuration": ["1000", "2000"]}, "SessionDuration"),
        ({"PrincipalTag:team": ["a", "b"]}, "PrincipalTag"),
        ({"PrincipalTag:aws:x": ["a"]}, "PrincipalTag"),
        ({"PrincipalTag:team": ["a"], "PrincipalTag:Team": ["b"]}, "PrincipalTag"),
        ({"PrincipalTag:team": ["a*"]}, "PrincipalTag"),
        ({"TransitiveTagKeys": ["team"]}, "TransitiveTagKeys"),
    ),
)
def test_attributes_that_are_refused(idp, role, attributes, message):
    refuse(idp, role, message, attributes=attributes)


def test_names_of_attributes_are_told_apart_by_case(idp, role):
    refuse(idp, role, "is required", attributes={"RoleSessionName": None, "rolesessionname": ["alice"]})


def test_what_is_not_listed_does_not_exist_or_refuses_answers_alike(account, idp, role):
    closed = idp.role(doc.trust(f"arn:aws:iam::{ACCOUNT}:root"))
    unlisted = idp.response(idp.says("arn:aws:iam::123456789012:role/other"))
    for arn, markup in (
        (role.arn, unlisted),
        (closed.arn, idp.response(idp.says(closed))),
        (f"arn:aws:iam::{ACCOUNT}:role/nowhere", idp.response(idp.says(f"arn:aws:iam::{ACCOUNT}:role/nowhere"))),
        ("arn:aws:iam::210987654321:role/theirs", idp.response(idp.says("arn:aws:iam::210987654321:role/theirs"))),
    ):
        assert denied(lambda: idp.redeem(arn, markup)) == NOT_AUTHORIZED


def test_tags_and_source_identity_need_the_trust_policys_consent(idp):
    role = idp.role(idp.trusts(actions=["sts:AssumeRoleWithSAML"]))
    assert idp.sign_in(role)["Credentials"]
    for attributes in ({"PrincipalTag:team": ["blue"]}, {"SourceIdentity": ["alice"]}):
        assert denied(lambda: idp.sign_in(role, attributes=attributes)) == NOT_AUTHORIZED


def test_a_subject_needs_a_name(idp, role):
    assert denied(lambda: idp.sign_in(role, name_id="")) == NOT_AUTHORIZED


def test_a_provider_is_not_told_from_one_that_does_not_exist(account, idp, role):
    markup = idp.response(idp.says(role))
    nobody = f"arn:aws:iam::{ACCOUNT}:saml-provider/nobody"
    call = {"RoleArn": role.arn, "SAMLAssertion": encoded(markup)}
    message = "Response signature invalid"
    refused(lambda: idp.sts.assume_role_with_saml(PrincipalArn=nobody, **call), INVALID, 400, message)
    other = Idp(account)
    refused(lambda: idp.sts.assume_role_with_saml(PrincipalArn=other.arn, **call), INVALID, 400, message)


def test_a_provider_that_is_gone_or_whose_metadata_ran_out_vouches_for_nobody(account):
    own = Idp(account)
    role = own.role()
    assert own.sign_in(role)["Credentials"]
    own.update(own.certificate, more=f' validUntil="{instant(-10)}"')
    refuse(own, role, "Response signature invalid")
    own.update(own.certificate, more=f' validUntil="{instant(600)}"')
    assert own.sign_in(role)["Credentials"]
    account.iam.delete_saml_provider(SAMLProviderArn=own.arn)
    refuse(own, role, "Response signature invalid")


def test_a_role_of_identity_center_is_taken_by_no_provider(account):
    center = Center(account)
    center.change("create_account_assignment")
    role = account.iam.list_roles(PathPrefix="/aws-reserved/")["Roles"][0]
    assert role["RoleName"].startswith("AWSReservedSSO_")
    trusted = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Federated"]
    # The provider that it trusts is nobody's, and nobody can make it.
    refused(lambda: Idp(account, name=trusted.rsplit("/", 1)[1]), "InvalidInput", 400, "AWSSSO_")
    own = Idp(account)
    assert denied(lambda: own.redeem(role["Arn"], own.response(own.says(role["Arn"])))) == NOT_AUTHORIZED


# -- to whom and when -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "recipient",
    (
        SIGN_IN, "https://signin.aws.amazon.com/static/saml", "https://eu-west-1.signin.aws.amazon.com/saml", OWN,
    ),
)
def test_recipients_that_are_taken(idp, role, recipient):
    assert idp.sign_in(role, recipient=recipient, destination=recipient)["Audience"] == recipient


@pytest.mark.parametrize(
    "recipient",
    (
        "https://sts.example.com/_portcullis/saml/", "https://evil.example/saml", "http://signin.aws.amazon.com/saml",
        "https://signin.aws.amazon.com.evil.example/saml", "https://evil.example/?signin.aws.amazon.com/saml", "",
        "https://a.b.signin.aws.amazon.com/saml", "https://signin.aws.amazon.com/saml/acs/",
    ),
)
def test_recipients_that_are_not(idp, role, recipient):
    refuse(idp, role, "SubjectConfirmationData", recipient=recipient)


@pytest.mark.parametrize("name", ("urn:amazon:webservices", SIGN_IN, OWN))
def test_audiences_that_are_taken(idp, role, name):
    both = AUDIENCE.format(f"https://other.example</saml:Audience><saml:Audience>{name}")
    assert idp.sign_in(role, audience=both)["Credentials"]


def test_audiences_that_are_not(idp, role):
    message = "Response does not contain the required audience."
    ours, other = AUDIENCE.format("urn:amazon:webservices"), AUDIENCE.format("https://other.example")
    for audience in (other, "", ours + other, "<saml:AudienceRestriction/>"):
        refuse(idp, role, message, audience=audience)
    refuse(idp, role, "a condition that is not known", audience=ours + '<saml:Condition/>')


def test_it_is_of_now(idp, role):
    expired = {"code": "ExpiredTokenException"}
    refuse(idp, role, "Token must be redeemed within 5 minutes of issuance", issued=-301, **expired)
    refuse(idp, role, not_after=-1, **expired)
    refuse(idp, role, session_ends=-1, **expired)
    refuse(idp, role, "not valid yet", not_before=120)
    refuse(idp, role, "in the future", issued=120)
    assert idp.sign_in(role, issued=-200)["Credentials"]


def test_who_brings_it_is_confirmed_exactly_once(idp, role):
    def confirmation(*members: str, method: str = BEARER) -> str:
        data = f"<saml:SubjectConfirmationData {' '.join(members)}/>" if members else ""
        return f'<saml:SubjectConfirmation Method="{method}">{data}</saml:SubjectConfirmation>'

    ends, to = f'NotOnOrAfter="{instant(200)}"', f'Recipient="{SIGN_IN}"'
    good = confirmation(ends, to)
    assert idp.sign_in(role, confirmation=good)["Credentials"]
    for wrong in (
        "", good + good, confirmation(), confirmation(ends), confirmation(to),
        confirmation(ends, to, method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"),
    ):
        refuse(idp, role, "SubjectConfirmationData", confirmation=wrong)


def test_what_the_provider_itself_reports_as_failed_is_refused(idp, role):
    status = "urn:oasis:names:tc:SAML:2.0:status:Responder"
    refused(lambda: idp.sign_in(role, status=status), "IDPRejectedClaim", 403)


def test_another_issuer_is_refused_although_the_key_is_right(idp, role):
    refuse(idp, role, "Issuer not present in specified provider", issuer="https://other.example")


def test_another_destination_is_refused(idp, role):
    refuse(idp, role, "destination", destination="https://evil.example/saml")


# -- what is told of it -----------------------------------------------------------------------------


def test_the_event_names_the_person_and_not_the_assertion(account, idp, role):
    markup = idp.response(idp.says(role, session="seen"))
    answer = idp.redeem(role, markup)
    event = event_of(account, answer)
    assert event["userIdentity"] == {
        "type": "SAMLUser",
        "principalId": f"{answer['NameQualifier']}:alice@corp.example",
        "userName": "alice@corp.example",
        "identityProvider": answer["NameQualifier"],
    }
    assert encoded(markup)[:60] not in str(event) and answer["Credentials"]["SessionToken"] not in str(event)
    assert {found["type"] for found in event["resources"]} == {"AWS::IAM::Role", "AWS::IAM::SAMLProvider"}
