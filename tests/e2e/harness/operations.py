"""The operations served, each with the least input that names a target, for the attack matrices."""

from __future__ import annotations

from dataclasses import dataclass

ARN = "arn:aws:iam::123456789012:"
NAMES = {
    "User": "UserName",
    "Role": "RoleName",
    "Group": "GroupName",
}


@dataclass(frozen=True)
class QueryOperation:
    service: str
    action: str
    fields: tuple[tuple[str, str], ...]


def of(service: str, action: str, **fields: str) -> QueryOperation:
    return QueryOperation(service, action, tuple(fields.items()))


def per_principal() -> list[QueryOperation]:
    """The operations that users, roles and groups have alike."""
    made = []
    for kind, key in NAMES.items():
        named = {key: "victim"}
        inline = named | {"PolicyName": "p"}
        attached = named | {"PolicyArn": ARN + "policy/p"}
        made += [
            of("iam", f"List{kind}s"),
            of("iam", f"Get{kind}", **named),
            of("iam", f"Delete{kind}", **named),
            of("iam", f"Update{kind}", **named),
            of("iam", f"Put{kind}Policy", **inline, PolicyDocument="{}"),
            of("iam", f"Get{kind}Policy", **inline),
            of("iam", f"Delete{kind}Policy", **inline),
            of("iam", f"List{kind}Policies", **named),
            of("iam", f"Attach{kind}Policy", **attached),
            of("iam", f"Detach{kind}Policy", **attached),
            of("iam", f"ListAttached{kind}Policies", **named),
        ]
        if kind != "Group":
            boundary = named | {"PermissionsBoundary": ARN + "policy/p"}
            made += [
                of("iam", f"Put{kind}PermissionsBoundary", **boundary),
                of("iam", f"Delete{kind}PermissionsBoundary", **named),
                of("iam", f"Tag{kind}", **named, **{"Tags.member.1.Key": "k", "Tags.member.1.Value": "v"}),
                of("iam", f"Untag{kind}", **named, **{"TagKeys.member.1": "k"}),
                of("iam", f"List{kind}Tags", **named),
            ]
    return made


def others() -> list[QueryOperation]:
    user, group, role = {"UserName": "victim"}, {"GroupName": "victim"}, {"RoleName": "victim"}
    managed, key = {"PolicyArn": ARN + "policy/p"}, {"AccessKeyId": "AKIAAAAAAAAAAAAAAAAA"}
    profile, ssh = {"InstanceProfileName": "victim"}, {"SSHPublicKeyId": "APKAAAAAAAAAAAAAAAAAA"}
    version, member = managed | {"VersionId": "v2"}, group | user
    return [
        of("iam", "CreateUser", UserName="intruder"),
        of("iam", "CreateGroup", GroupName="intruder"),
        of("iam", "CreateRole", RoleName="intruder", AssumeRolePolicyDocument="{}"),
        of("iam", "UpdateAssumeRolePolicy", **role, PolicyDocument="{}"),
        of("iam", "UpdateRoleDescription", **role, Description="d"),
        of("iam", "AddUserToGroup", **member),
        of("iam", "RemoveUserFromGroup", **member),
        of("iam", "ListGroupsForUser", **user),
        of("iam", "CreateAccessKey", **user),
        of("iam", "ListAccessKeys", **user),
        of("iam", "UpdateAccessKey", **user, **key, Status="Inactive"),
        of("iam", "DeleteAccessKey", **user, **key),
        of("iam", "GetAccessKeyLastUsed", **key),
        of("iam", "CreatePolicy", PolicyName="intruder", PolicyDocument="{}"),
        of("iam", "GetPolicy", **managed),
        of("iam", "ListPolicies"),
        of("iam", "DeletePolicy", **managed),
        of("iam", "CreatePolicyVersion", **managed, PolicyDocument="{}"),
        of("iam", "GetPolicyVersion", **version),
        of("iam", "ListPolicyVersions", **managed),
        of("iam", "DeletePolicyVersion", **version),
        of("iam", "SetDefaultPolicyVersion", **version),
        of("iam", "ListEntitiesForPolicy", **managed),
        of("iam", "TagPolicy", **managed, **{"Tags.member.1.Key": "k", "Tags.member.1.Value": "v"}),
        of("iam", "UntagPolicy", **managed, **{"TagKeys.member.1": "k"}),
        of("iam", "ListPolicyTags", **managed),
        of("iam", "CreateLoginProfile", **user, Password="Intruder-1"),
        of("iam", "GetLoginProfile", **user),
        of("iam", "UpdateLoginProfile", **user, Password="Intruder-1"),
        of("iam", "DeleteLoginProfile", **user),
        of("iam", "ChangePassword", OldPassword="Intruder-1", NewPassword="Intruder-2"),
        of("iam", "GetAccountPasswordPolicy"),
        of("iam", "UpdateAccountPasswordPolicy"),
        of("iam", "DeleteAccountPasswordPolicy"),
        of("iam", "CreateAccountAlias", AccountAlias="intruder"),
        of("iam", "DeleteAccountAlias", AccountAlias="victim"),
        of("iam", "CreateInstanceProfile", **profile),
        of("iam", "GetInstanceProfile", **profile),
        of("iam", "ListInstanceProfiles"),
        of("iam", "DeleteInstanceProfile", **profile),
        of("iam", "AddRoleToInstanceProfile", **profile, **role),
        of("iam", "RemoveRoleFromInstanceProfile", **profile, **role),
        of("iam", "TagInstanceProfile", **profile, **{"Tags.member.1.Key": "k", "Tags.member.1.Value": "v"}),
        of("iam", "UntagInstanceProfile", **profile, **{"TagKeys.member.1": "k"}),
        of("iam", "ListInstanceProfileTags", **profile),
        of("iam", "CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com"),
        of("iam", "DeleteServiceLinkedRole", **role),
        of("iam", "GetServiceLinkedRoleDeletionStatus", DeletionTaskId="task/aws-service-role/a/b/00"),
        of("iam", "UploadSSHPublicKey", **user, SSHPublicKeyBody="ssh-rsa AAAA"),
        of("iam", "GetSSHPublicKey", **user, **ssh, Encoding="SSH"),
        of("iam", "UpdateSSHPublicKey", **user, **ssh, Status="Inactive"),
        of("iam", "DeleteSSHPublicKey", **user, **ssh),
        of("iam", "GenerateCredentialReport"),
        of("iam", "GetCredentialReport"),
        of("iam", "SetSecurityTokenServicePreferences", GlobalEndpointTokenVersion="v2Token"),
        of("sts", "AssumeRole", RoleArn=ARN + "role/victim", RoleSessionName="forged"),
        of("sts", "GetSessionToken"),
        of("sts", "GetFederationToken", Name="forged"),
        of("sts", "GetCallerIdentity"),
        of("sts", "GetAccessKeyInfo", **key),
    ]


QUERY_OPERATIONS = sorted(per_principal() + others(), key=lambda o: (o.service, o.action))

# (call, method, path below the bucket, query); `{id}` stands for an upload id.
S3_OPERATIONS: list[tuple[str, str, str, str]] = [
    ("ListObjects", "GET", "", ""),
    ("ListObjectsV2", "GET", "", "list-type=2"),
    ("HeadBucket", "HEAD", "", ""),
    ("DeleteBucket", "DELETE", "", ""),
    ("GetBucketLocation", "GET", "", "location"),
    ("PutBucketPolicy", "PUT", "", "policy"),
    ("GetBucketPolicy", "GET", "", "policy"),
    ("DeleteBucketPolicy", "DELETE", "", "policy"),
    ("GetBucketPolicyStatus", "GET", "", "policyStatus"),
    ("PutPublicAccessBlock", "PUT", "", "publicAccessBlock"),
    ("GetPublicAccessBlock", "GET", "", "publicAccessBlock"),
    ("DeletePublicAccessBlock", "DELETE", "", "publicAccessBlock"),
    ("DeleteObjects", "POST", "", "delete"),
    ("ListMultipartUploads", "GET", "", "uploads"),
    ("PutObject", "PUT", "/new.txt", ""),
    ("GetObject", "GET", "/a.txt", ""),
    ("HeadObject", "HEAD", "/a.txt", ""),
    ("DeleteObject", "DELETE", "/a.txt", ""),
    ("PutObjectTagging", "PUT", "/a.txt", "tagging"),
    ("GetObjectTagging", "GET", "/a.txt", "tagging"),
    ("DeleteObjectTagging", "DELETE", "/a.txt", "tagging"),
    ("CreateMultipartUpload", "POST", "/new.txt", "uploads"),
    ("UploadPart", "PUT", "/new.txt", "partNumber=1&uploadId={id}"),
    ("CompleteMultipartUpload", "POST", "/new.txt", "uploadId={id}"),
    ("AbortMultipartUpload", "DELETE", "/new.txt", "uploadId={id}"),
    ("ListParts", "GET", "/new.txt", "uploadId={id}"),
]
