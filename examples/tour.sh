#!/bin/sh
# The main job in a dozen commands: issue a temporary credential, use it, cut it off, and read afterwards what happened.
# Needs a running server with an empty account, the AWS CLI, and root's key in the environment:
# `cargo xtask tour` provides all three.
set -eu

say() { printf '\n# %s\n' "$*"; }
# Prints a command as one would type it, and runs it.
run() {
    printf '$'
    for word in "$@"; do
        case $word in *[!A-Za-z0-9_./:=-]*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    "$@"
}
# Runs a command with the keys in $1: id, secret and, for a session, token.
with_keys() {
    keys=$1; shift
    set -- env $(printf '%s' "$keys" | awk '{
        print "AWS_ACCESS_KEY_ID=" $1, "AWS_SECRET_ACCESS_KEY=" $2; if ($3) print "AWS_SESSION_TOKEN=" $3 }') "$@"
    "$@"
}

account=$(aws sts get-caller-identity --query Account --output text)

say "root makes a user, a role that she may assume, and a bucket that the role may read"
run aws iam create-user --user-name alice --query User.Arn --output text
run aws iam create-role --role-name Auditor --query Role.Arn --output text --assume-role-policy-document \
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$account"':user/alice"},"Action":"sts:AssumeRole"}}'
run aws iam put-role-policy --role-name Auditor --policy-name read --policy-document \
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::reports","arn:aws:s3:::reports/*"]}}'
run aws s3 mb s3://reports
echo "profit: 42" | aws s3 cp - s3://reports/q3.txt
alice=$(aws iam create-access-key --user-name alice --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)

say "alice assumes the role and reads"
assume() {
    with_keys "$alice" aws sts assume-role --role-arn "arn:aws:iam::$account:role/Auditor" --role-session-name "$1" \
        --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text
}
session=$(assume alice)
echo '$ aws sts get-caller-identity --query Arn --output text'
with_keys "$session" aws sts get-caller-identity --query Arn --output text
echo '$ aws s3 cp s3://reports/q3.txt -'
with_keys "$session" aws s3 cp s3://reports/q3.txt -

say "an administrator revokes every session of the role that was issued until now"
now=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
run aws iam put-role-policy --role-name Auditor --policy-name AWSRevokeOlderSessions --policy-document \
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"'"$now"'"}}}}'

say "the old session is cut from the next request on"
echo '$ aws s3api get-object --bucket reports --key q3.txt /dev/stdout'
if with_keys "$session" aws s3api get-object --bucket reports --key q3.txt /dev/stdout 2>&1; then
    echo "this should have been refused"; exit 1
fi

say "a new session works"
session=$(assume alice-again)
echo '$ aws s3 cp s3://reports/q3.txt -'
with_keys "$session" aws s3 cp s3://reports/q3.txt -

say "and everything that the first session did is on record"
echo '$ aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=alice'
aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=alice \
    --query 'reverse(Events[].[EventName,CloudTrailEvent])' --output text | awk -F '\t' '{
        verdict = "allowed"; if (match($2, /"errorCode":"[^"]*"/)) verdict = substr($2, RSTART + 13, RLENGTH - 14)
        match($2, /"eventTime":"[^"]*"/)
        printf "%s  %-18s %s\n", substr($2, RSTART + 13, RLENGTH - 14), $1, verdict }'
