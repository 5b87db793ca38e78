"""FED-5 across accounts: the same issuer may be a provider in several, and each has its own clients."""

from __future__ import annotations

import dataclasses

import pytest

from harness.account import Role
from harness.expect import denied
from harness.federated import bad, issuers, server  # noqa: F401

WRONG = "Incorrect token audience"


@dataclasses.dataclass
class Place:
    """The issuer as one account knows it, and a role there that trusts it."""

    account: object
    provider: str
    role: Role

    def clients(self) -> list[str]:
        iam = self.account.client("iam")
        return iam.get_open_id_connect_provider(OpenIDConnectProviderArn=self.provider)["ClientIDList"]

    def change(self, operation: str, client: str) -> None:
        call = getattr(self.account.client("iam"), f"{operation}_open_id_connect_provider")
        call(OpenIDConnectProviderArn=self.provider, ClientID=client)


@pytest.fixture
def shared(issuers):
    return issuers.site()


def place(site, account, *clients: str) -> Place:
    provider = site.provider(account, clients=clients)
    made = account.client("iam").create_role(RoleName=f"of-{site.host}", AssumeRolePolicyDocument=site.trust())["Role"]
    return Place(account, provider, Role(made["RoleName"], made["Arn"], made["RoleId"]))


@pytest.fixture
def here(shared, account):
    return place(shared, account, "here")


@pytest.fixture
def there(shared, one, here):
    return place(shared, one, "there")


def test_fed_5_a_client_of_one_account_is_nobody_in_another(shared, here, there):
    assert here.provider != there.provider
    assert here.provider.rsplit("/", 1)[1] == there.provider.rsplit("/", 1)[1]
    for known, other, client in ((here, there, "here"), (there, here, "there")):
        for audience in (client, [client], ["somebody", client]):
            answer = shared.assume(known.account, known.role, shared.token(aud=audience))
            assert answer["Audience"] == client
            bad(shared, other.account, other.role, shared.token(aud=audience), contains=WRONG)
    # Nor does it count whose address is asked.
    bad(shared, here.account, there.role, shared.token(aud="here"), contains=WRONG)
    bad(shared, there.account, here.role, shared.token(aud="there"), contains=WRONG)


def test_fed_5_an_authorized_party_of_another_account_is_nobody_either(shared, here, there):
    here.change("add_client_id_to", "app")
    token = shared.token(aud=["here", "there"], azp="app")
    assert shared.assume(here.account, here.role, token)["Audience"] == "app"
    bad(shared, there.account, there.role, token, contains=WRONG)


def test_fed_5_a_session_is_of_the_account_whose_client_it_was(shared, here, there, one):
    both = shared.token(aud=["here", "there"])
    for known, client in ((here, "here"), (there, "there")):
        answer = shared.assume(known.account, known.role, both)
        assert answer["Audience"] == client
        creds = shared.session(known.account, known.role, both)
        caller = known.account.client("sts", creds).get_caller_identity()
        assert caller["Account"] == known.role.arn.split(":")[4]
    assert there.role.arn.split(":")[4] == one.id != here.role.arn.split(":")[4]


def test_fed_5_what_one_account_changes_leaves_the_other_alone(shared, here, there):
    there.change("add_client_id_to", "here")
    for known in (here, there):
        shared.assume(known.account, known.role, shared.token(aud="here"))
    here.change("remove_client_id_from", "here")
    bad(shared, here.account, here.role, shared.token(aud="here"), contains=WRONG)
    assert here.clients() == [] and sorted(there.clients()) == ["here", "there"]
    for client in ("here", "there"):
        shared.assume(there.account, there.role, shared.token(aud=client))
    here.account.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=here.provider)
    bad(shared, here.account, here.role, shared.token(aud="here"), contains="No OpenIDConnect provider found")
    shared.assume(there.account, there.role, shared.token(aud="here"))


def test_fed_5_a_role_may_not_lean_on_the_provider_of_another_account(shared, here, there):
    trust = shared.trust().replace(there.provider, here.provider)
    assert here.provider in trust
    there.account.client("iam").update_assume_role_policy(RoleName=there.role.name, PolicyDocument=trust)
    denied(lambda: shared.assume(there.account, there.role, shared.token(aud="there")))
    bad(shared, there.account, there.role, shared.token(aud="here"), contains=WRONG)


def test_fed_5_a_condition_on_the_audience_is_about_the_accounts_own(shared, here, there):
    both = shared.token(aud=["here", "there"])
    for known, client, other in ((here, "here", "there"), (there, "there", "here")):
        shared.arn = known.provider
        iam = known.account.client("iam")
        for asked, is_in in ((client, True), (other, False)):
            trust = shared.trust(StringEquals={f"{shared.host}:aud": asked})
            iam.update_assume_role_policy(RoleName=known.role.name, PolicyDocument=trust)
            call = lambda: shared.assume(known.account, known.role, both)
            assert call()["Audience"] == client if is_in else denied(call)
