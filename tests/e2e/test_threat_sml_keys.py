"""SML-4, the keys: those of the metadata sign, if they are strong enough, and each by the hash that is its own."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from signxml import SignatureMethod

from harness.expect import refused
from harness.saml import Idp, certificate


def refuse(idp: Idp, role, markup: str) -> None:
    refused(lambda: idp.redeem(role, markup), "InvalidIdentityToken", 400, "Response signature invalid")


def test_sml_4_weak_keys_and_hashes_that_are_not_a_keys_own_count_for_nothing(account):
    weak = Idp(account)
    weak.key = rsa.generate_private_key(65537, 1024)
    weak.certificate = certificate(weak.key)
    weak.update(weak.certificate)
    own = weak.role()
    refuse(weak, own, weak.response(weak.says(own)))
    for curve, digest in ((ec.SECP384R1(), "SHA256"), (ec.SECP256R1(), "SHA512"), (ec.SECP192R1(), "SHA256")):
        odd = Idp(account, curve)
        own = odd.role()
        refuse(odd, own, odd.response(odd.says(own), digest=digest))


def test_sml_4_any_of_several_keys_of_the_metadata_may_have_signed(account):
    own = Idp(account, ec.SECP256R1())
    role, first = own.role(), Idp(account)
    own.update(first.certificate, own.certificate)
    assert own.sign_in(role)["Credentials"]
    by_first = own.response(own.says(role), key=first.key, made=first.certificate, signature=SignatureMethod.RSA_SHA256)
    assert own.redeem(role, by_first)["Credentials"]
    own.update(own.certificate)
    by_first = own.response(own.says(role), key=first.key, made=first.certificate, signature=SignatureMethod.RSA_SHA256)
    refuse(own, role, by_first)
