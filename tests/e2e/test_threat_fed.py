"""FED: tokens of OpenID Connect issuers that lie, and issuers that do."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from harness.expect import denied
from harness.federated import bad, issuers, role, server, site  # noqa: F401
from harness.issuer import CLIENT, DISCOVERY, Document, encoded, jwk, number, signature

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
NO_KEY = "Couldn't retrieve verification key"


def signed(key, algorithm: str, header: dict, claims: dict) -> str:
    message = f"{encoded(header)}.{encoded(claims)}"
    return f"{message}.{encoded(signature(key, algorithm, message.encode()))}"


# -- FED-1 ---------------------------------------------------------------------------


def test_fed_0_every_algorithm_that_is_taken_is_taken(account, site, role):
    kinds = [("rsa", name) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")]
    for kid, algorithm in [*kinds, ("p256", "ES256"), ("p384", "ES384"), ("p521", "ES512")]:
        answer = site.assume(account, role, site.token(kid, algorithm))
        assert answer["SubjectFromWebIdentityToken"] == "somebody", algorithm


@pytest.mark.parametrize("algorithm", ["none", "NONE", "nOnE", "", ..., None, ["RS256"], "rs256", "RS256 ", "EdDSA"])
def test_fed_1_a_token_without_a_good_algorithm_is_none(account, site, role, algorithm):
    bad(site, account, role, site.token(header={"alg": algorithm}))
    unsigned = site.token(header={"alg": algorithm}).rsplit(".", 1)[0]
    for token in (f"{unsigned}.", f"{unsigned}.AA"):
        bad(site, account, role, token)


def test_fed_1_what_is_not_of_three_parts_is_no_token(account, site, role):
    good = site.token()
    head, body, sign = good.split(".")
    for token in (
        f"{head}.{body}.", f"{head}.{body}", f"{good}.", f"{good}.{sign}", f".{body}.{sign}", f"{head}..{sign}",
        f"{head}=.{body}.{sign}", f"{good}=", f" {good}", f"{good}\n", "....", "a.b.c", "{}.{}",
        f"{head}.{body}.{sign[:-1]}+",
    ):
        bad(site, account, role, token)
    for header in ({"crit": ["exp"]}, {"b64": False}, {"typ": "logout+jwt"}, {"kid": 7}, {"kid": None}):
        bad(site, account, role, site.token(header=header))
    twice = encoded('{"alg":"RS256","kid":"rsa","alg":"none"}')
    bad(site, account, role, f"{twice}.{body}.{sign}")


# -- FED-2 ---------------------------------------------------------------------------


def test_fed_2_a_keyed_hash_is_no_signature(account, site, role):
    public = site.keys["rsa"].public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    secrets = [CLIENT.encode(), public, public.strip(), json.dumps(jwk(site.keys["rsa"], kid="rsa")).encode(), b""]
    for bits in ("256", "384", "512"):
        for secret in secrets:
            for claimed in (f"HS{bits}", f"RS{bits}", f"ES{bits}"):
                message = f"{encoded({'alg': claimed, 'kid': 'rsa'})}.{encoded(site.claims())}"
                digest = hmac.new(secret, message.encode(), getattr(hashlib, f"sha{bits}")).digest()
                bad(site, account, role, f"{message}.{encoded(digest)}")


def test_fed_2_a_key_in_the_token_is_not_asked(account, site, role):
    own = rsa.generate_private_key(65537, 2048)
    for more in ({"jwk": jwk(own, kid="rsa")}, {"jku": f"{site.url}/other"}, {"x5u": f"{site.url}/other"}):
        asked = len(site.asked)
        header = {"alg": "RS256", "kid": "rsa"} | more
        bad(site, account, role, signed(own, "RS256", header, site.claims()), contains="signature")
        assert "/other" not in site.asked[asked:]


# -- FED-3 ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": "never"}, {"exp": "99999999999"}, {"exp": None}, {"exp": ...}, {"exp": True}, {"exp": 1e18},
        {"exp": [1]}, {"exp": 10**30}, {"nbf": "1"}, {"nbf": None}, {"nbf": 1.5}, {"iat": ...}, {"iat": "0"},
        {"iat": 4102444800}, {"nbf": 4102444800}, {"aud": {}}, {"aud": {"a": CLIENT}}, {"aud": [1, CLIENT]},
        {"aud": []}, {"aud": None}, {"sub": ...}, {"sub": ""}, {"sub": 7}, {"sub": ["a"]}, {"sub": "a" * 256},
        {"sub": "a\nb"}, {"azp": 1}, {"amr": "mfa"}, {"amr": [1]}, {"iss": ...}, {"iss": 1}, {"iss": ["x"]},
    ],
    ids=str,
)
def test_fed_3_claims_of_another_type_than_they_have_are_refused(account, site, role, claims):
    bad(site, account, role, site.token(**claims))


@pytest.mark.parametrize("exp", [-1, 0, 1, -(2**63)])
def test_fed_3_what_is_over_is_over(account, site, role, exp):
    bad(site, account, role, site.token(exp=exp), "ExpiredTokenException", "Token expired")


def test_fed_3_numbers_without_an_end_and_members_that_come_twice(account, site, role):
    key, header = site.keys["rsa"], encoded({"alg": "RS256", "kid": "rsa"})
    good = json.dumps(site.claims())
    past = good.replace(f'"exp": {site.claims()["exp"]}', '"exp": 1e400')
    for text in (past, good[:-1] + ', "exp": 99999999999}', good[:-1] + ', "aud": "x"}', f"[{good}]", good + good, "7"):
        message = f"{header}.{encoded(text)}"
        bad(site, account, role, f"{message}.{encoded(signature(key, 'RS256', message.encode()))}")


def test_fed_3_a_minute_is_forgiven_and_no_more(account, site, role):
    now = int(time.time())
    site.assume(account, role, site.token(exp=now - 30, iat=now - 600))
    site.assume(account, role, site.token(iat=now + 30, nbf=now + 30))
    bad(site, account, role, site.token(exp=now - 120, iat=now - 600), "ExpiredTokenException")
    bad(site, account, role, site.token(nbf=now + 180))


# -- FED-4 ---------------------------------------------------------------------------


def test_fed_4_the_issuer_is_compared_letter_by_letter(account, issuers, site, role):
    host = site.host
    for issuer in (
        f"https://{host}/", f"https://{host.upper()}", f"https://user@{host}", f"https://{host}:443",
        f"http://{host}", host, f"https://{host}?", f"https://{host}#", f" https://{host}", f"https://{host} ",
        f"HTTPS://{host}", f"https://{host.replace('i', 'і')}", f"https://{host}.", "https://", "",
        "https://nobody.test", f"https://{host}/../{host}",
    ):
        message = bad(site, account, role, site.token(iss=issuer), contains="No OpenIDConnect provider found")
        assert message.endswith(f"for {issuer}".rstrip()) or issuer in message, message
    asked = [len(other.asked) for other in issuers.sites.values()]
    for n in range(200):
        bad(site, account, role, site.token(iss=f"https://{n}.issuer.test"), contains="No OpenIDConnect provider")
    assert [len(other.asked) for other in issuers.sites.values()] == asked, "nothing is fetched for strangers"


def test_fed_4_nothing_tells_whether_the_role_is_there(account, site, role):
    stranger = site.token(iss="https://nobody.test")
    there = bad(site, account, role, stranger)
    absent = type(role)("absent", role.arn.rsplit("/", 1)[0] + "/absent", "AROA")
    elsewhere = type(role)("absent", "arn:aws:iam::210987654321:role/absent", "AROA")
    assert bad(site, account, absent, stranger) == there
    assert bad(site, account, elsewhere, stranger) == there
    unwilling = account.make_role("unwilling")
    refusals = [denied(lambda: site.assume(account, whom)) for whom in (unwilling, absent)]
    assert refusals == ["Not authorized to perform sts:AssumeRoleWithWebIdentity"] * 2
    bad(site, account, elsewhere, site.token(), contains="No OpenIDConnect provider found")


# -- FED-5 ---------------------------------------------------------------------------


def test_fed_5_the_audience_and_the_authorized_party_are_registered(account, issuers):
    site = issuers.site()
    site.provider(account, clients=("ours", "app"))
    role = account.make_role("audience", trust=site.trust())
    for audience in ("other", "OURS", "ours ", ["other"], ["other", "theirs"], CLIENT):
        bad(site, account, role, site.token(aud=audience), contains="Incorrect token audience")
    bad(site, account, role, site.token(aud=...), contains="aud")
    bad(site, account, role, site.token(aud="ours", azp="other"), contains="Incorrect token audience")
    bad(site, account, role, site.token(aud="other", azp="app"), contains="Incorrect token audience")
    for audience, party, told in (("ours", ..., "ours"), (["other", "ours"], ..., "ours"), ("ours", "app", "app")):
        answer = site.assume(account, role, site.token(aud=audience, azp=party))
        assert answer["Audience"] == told


def test_fed_5_an_audience_of_another_account_or_provider_is_nobodys(account, issuers, site):
    other = issuers.site()
    other.provider(account, clients=("only-here",))
    role = account.make_role("two", trust=other.trust())
    bad(other, account, role, other.token(aud=CLIENT), contains="Incorrect token audience")
    denied(lambda: other.assume(account, role, site.token()))
    account.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=other.arn, ClientID="later")
    other.assume(account, role, other.token(aud="later"))
    account.iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=other.arn, ClientID="later")
    bad(other, account, role, other.token(aud="later"), contains="Incorrect token audience")


# -- FED-6 ---------------------------------------------------------------------------

INSIDE = ["127.0.0.1", "169.254.169.254", "10.0.0.1", "0.0.0.0", "2130706433", "0x7f.1", "localhost", "192.168.0.1"]


@pytest.mark.parametrize("host", INSIDE)
def test_fed_6_nothing_is_fetched_from_private_addresses(account, site, role, host):
    account.iam.create_open_id_connect_provider(Url=f"https://{host}", ClientIDList=[CLIENT], ThumbprintList=["a" * 40])
    bad(site, account, role, site.token(iss=f"https://{host}"), "IDPCommunicationError")


@pytest.mark.parametrize("place", ["https://127.0.0.1/jwks", "http://i0.issuer.test/jwks", "file:///etc/passwd", "", 7])
def test_fed_6_keys_are_not_fetched_from_there_either(account, issuers, place):
    site = issuers.site()
    site.provider(account)
    site.document(DISCOVERY, {"issuer": site.url, "jwks_uri": place})
    role = account.make_role("elsewhere", trust=site.trust())
    bad(site, account, role, site.token(), "IDPCommunicationError")


def hostile(site) -> dict[str, Document]:
    good = site.documents["/jwks"].body
    return {
        "a redirect": Document(status=302, headers={"Location": f"{site.url}/moved"}),
        "too much": Document(good + b" " * (1024 * 1024 + 1)),
        "more than there is": Document(good, headers={"Content-Length": str(10 * 2**30)}),
        "a drip": Document(good, drip_s=0.1),
        "another status": Document(good, status=500),
        "no JSON": Document(b"<html>"),
        "too many keys": Document(json.dumps({"keys": [{}] * 101}).encode()),
    }


@pytest.mark.parametrize("kind", ["a redirect", "too much", "more than there is", "a drip", "another status", "no JSON", "too many keys"])
def test_fed_6_answers_without_an_end_are_not_waited_for(account, issuers, kind):
    site = issuers.site()
    site.provider(account)
    role = account.make_role("hostile", trust=site.trust())
    site.documents["/moved"] = site.documents["/jwks"]
    site.documents["/jwks"] = hostile(site)[kind]
    bad(site, account, role, site.token(), "IDPCommunicationError")
    assert "/moved" not in site.asked


def test_fed_6_a_server_that_nobody_vouches_for_is_not_believed(account, issuers):
    for thumbprint in ("0" * 40, issuers.authority.own_thumbprint):
        site = issuers.site()
        site.provider(account, thumbprint=thumbprint)
        role = account.make_role("stranger", trust=site.trust())
        bad(site, account, role, site.token(), "IDPCommunicationError")
        assert not site.asked, "not even asked"


# -- FED-7 ---------------------------------------------------------------------------


def test_fed_7_names_of_keys_that_nobody_knows_are_asked_for_once(account, issuers):
    site = issuers.site()
    site.provider(account)
    role = account.make_role("flood", trust=site.trust())
    site.assume(account, role)
    asked = len(site.asked)
    for n in range(300):
        bad(site, account, role, site.token(header={"kid": f"random-{n}"}), contains=NO_KEY)
    assert len(site.asked) == asked, "it had been asked a moment ago"
    site.documents.clear()
    site.assume(account, role)


# -- FED-8 ---------------------------------------------------------------------------


def test_fed_8_signatures_of_elliptic_curves_have_one_form(account, site, role):
    key = site.keys["p256"]
    message = f"{encoded({'alg': 'ES256', 'kid': 'p256'})}.{encoded(site.claims())}"
    raw = signature(key, "ES256", message.encode())
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    order = P256_ORDER.to_bytes(32, "big")
    site.assume(account, role, f"{message}.{encoded(raw)}")
    for forged in (
        bytes(64), b"", bytes(32) + raw[32:], raw[:32] + bytes(32), order + raw[32:], raw[:32] + order,
        order + order, encode_dss_signature(r, s), raw + b"\0", raw[:-1], raw[32:] + raw[:32],
    ):
        bad(site, account, role, f"{message}.{encoded(forged)}")


def test_fed_8_a_key_is_used_as_its_kind_is(account, site, role):
    for kid, algorithm in (("p256", "ES384"), ("p384", "ES256"), ("p521", "ES256"), ("p384", "ES512")):
        bad(site, account, role, site.token(kid, algorithm), contains=NO_KEY)
    bad(site, account, role, site.token("rsa", header={"kid": "p256"}), contains=NO_KEY)
    bad(site, account, role, site.token("p256", "ES256", header={"kid": "rsa"}), contains=NO_KEY)


def test_fed_8_weak_keys_count_for_nothing(account, issuers):
    site = issuers.site()
    for kid, size in (("short", 1024), ("encrypts", 2048), ("other", 2048)):
        site.keys[kid] = rsa.generate_private_key(65537, size)
    one = {"kty": "RSA", "kid": "one", "n": jwk(site.keys["rsa"])["n"], "e": number(1)}
    encrypts = jwk(site.keys["encrypts"], kid="encrypts") | {"use": "enc"}
    only = jwk(site.keys["other"], kid="other", alg="PS256")
    site.publish(one, encrypts, only, without=("encrypts", "other"))
    site.provider(account)
    role = account.make_role("weak", trust=site.trust())
    bad(site, account, role, site.token("short"), contains=NO_KEY)
    bad(site, account, role, site.token("encrypts"), contains=NO_KEY)
    bad(site, account, role, site.token("other"), contains=NO_KEY)
    site.assume(account, role, site.token("other", "PS256"))
    # With the exponent 1 the signature is the padded hash itself.
    message = f"{encoded({'alg': 'RS256', 'kid': 'one'})}.{encoded(site.claims())}"
    info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(message.encode()).digest()
    padded = b"\0\1" + b"\xff" * (256 - 3 - len(info)) + b"\0" + info
    bad(site, account, role, f"{message}.{encoded(padded)}", contains=NO_KEY)
