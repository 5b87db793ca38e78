"""One service's actions called with valid input, whoever calls: the inputs of the conformance tests, and S3's."""

from __future__ import annotations

from botocore import UNSIGNED
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account, fresh
from harness.clients import Creds
from harness.table import Action

from . import shapes
from .scene import Scene
from .trial import Trial

KEY = "a.txt"
# What S3's model cannot know, by the member's name.
S3_MEMBERS = {
    "Key": lambda scene: KEY,
    "Bucket": lambda scene: scene.bucket,
    "UploadId": lambda scene: scene.upload,
    "CopySource": lambda scene: f"{scene.bucket}/{KEY}",
    "PartNumber": lambda scene: 1,
    "Delete": lambda scene: {"Objects": [{"Key": KEY}]},
    "Tagging": lambda scene: {"TagSet": [{"Key": "team", "Value": "red"}]},
    "Policy": lambda scene: doc.policy(doc.deny("s3:GetObject", doc.bucket_arn(scene.bucket, "none"), "*")),
    "PublicAccessBlockConfiguration": lambda scene: {"BlockPublicAcls": True},
    "ObjectAttributes": lambda scene: ["ETag"],
    "Id": lambda scene: "id",
    "ACL": lambda scene: "private",
}
# Members that are given although they are not required.
S3_GIVEN = {"PutBucketAcl": "ACL", "PutObjectAcl": "ACL"}


class BucketScene(Scene):
    """A bucket with an object and an unfinished upload."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.bucket = account.make_bucket("matrix", KEY)

    @property
    def upload(self) -> str:
        return self.account.s3.create_multipart_upload(Bucket=self.bucket, Key="up.bin")["UploadId"]


class Inputs:
    """Valid inputs of one service's actions, each for a scene of its own."""

    def __init__(self, account: Account, service: str) -> None:
        self.account = account
        self.service = service
        self.trial = None if service == "s3" else Trial(account, service, is_asked=False)
        self.client = account.client(service, parameter_validation=False)
        self.methods = {name: method for method, name in self.client.meta.method_to_api_mapping.items()}

    def of(self, action: Action) -> dict:
        if self.trial is not None:
            return self.trial.least(action.name, self.trial.prepared(action.name))
        scene = BucketScene(self.account)
        if action.name == "CreateBucket":
            return {"Bucket": fresh("made")}
        shape = self.client.meta.service_model.operation_model(action.name).input_shape
        if shape is None:
            return {}

        def example(path, _):
            made = S3_MEMBERS.get(path[-1]) if len(path) == 1 else None
            return made(scene) if made else shapes.MODEL

        given = shapes.valid(shape, example)
        if action.name in S3_GIVEN:
            given[S3_GIVEN[action.name]] = S3_MEMBERS[S3_GIVEN[action.name]](scene)
        if "UploadId" in given:
            given["Key"] = "up.bin"
        if action.name == "CompleteMultipartUpload":
            part = self.account.s3.upload_part(**given, PartNumber=1, Body=b"part")
            given["MultipartUpload"] = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        return given

    def call(self, action: Action, given: dict, creds: Creds | None) -> tuple[int, str]:
        """Status and error code of the action, called with these credentials, or unsigned."""
        more = {"signature_version": UNSIGNED} if creds is None else {}
        client = self.account.client(self.service, creds, parameter_validation=False, **more)
        try:
            answer = getattr(client, self.methods[action.name])(**given)
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
        # Answers that tell of each item by itself.
        errors = answer.get("Errors") or [{"Code": ""}]
        return answer["ResponseMetadata"]["HTTPStatusCode"], errors[0]["Code"]
