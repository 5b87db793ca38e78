#!/bin/sh
# Several accounts in a dozen commands: make an organization and an account in it, enter the account, bound it by a service
# control policy, and ask the simulator why. Needs a running server with an empty account, the AWS CLI, and root's key in
# the environment: `cargo xtask tour organization` provides all three.
set -eu

say() { printf '\n# %s\n' "$*"; }
# Prints a command as one would type it, and runs it.
run() {
    printf '$'
    for word in "$@"; do
        case $word in *[!A-Za-z0-9_./:=@-]*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    "$@"
}
# Prints the command after the keys in $1 (id, secret and, for a session, token), and runs it with them.
run_as() {
    keys=$1; shift
    printf '$ %s\n' "$*"
    env $(printf '%s' "$keys" | awk '{
        print "AWS_ACCESS_KEY_ID=" $1, "AWS_SECRET_ACCESS_KEY=" $2; if ($3) print "AWS_SESSION_TOKEN=" $3 }') "$@"
}

say "the account becomes the management account of an organization, with a unit and a second account in it"
run aws organizations create-organization --query Organization.Id --output text
root=$(aws organizations list-roots --query 'Roots[0].Id' --output text)
unit=$(run aws organizations create-organizational-unit --parent-id "$root" --name workloads --query OrganizationalUnit.Id --output text | tee /dev/stderr | tail -1)
run aws organizations create-account --email shop@example.com --account-name shop --query CreateAccountStatus.State --output text
shop=$(aws organizations list-accounts --query "Accounts[?Name=='shop'].Id" --output text)
run aws organizations move-account --account-id "$shop" --source-parent-id "$root" --destination-parent-id "$unit"

say "an administrator enters it by the role that it was made with (the root user may assume no role)"
aws iam create-user --user-name admin > /dev/null
run aws iam attach-user-policy --user-name admin --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
admin=$(aws iam create-access-key --user-name admin --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)
session=$(run_as "$admin" aws sts assume-role --role-arn "arn:aws:iam::$shop:role/OrganizationAccountAccessRole" \
    --role-session-name admin --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text | sed 1d)
run_as "$session" aws sts get-caller-identity --query Arn --output text
run_as "$session" aws s3 mb s3://shop-data

say "a service control policy on the unit: nobody in it deletes a bucket, its administrators included"
policy=$(aws organizations create-policy --type SERVICE_CONTROL_POLICY --name keep-buckets --description '' --query Policy.PolicySummary.Id \
    --output text --content '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}}')
run aws organizations attach-policy --policy-id "$policy" --target-id "$unit"
if run_as "$session" aws s3api delete-bucket --bucket shop-data 2>&1; then
    echo "this should have been refused"; exit 1
fi

say "the simulator gives the answer that enforcement gives, and says that it was the organization"
run_as "$session" aws iam simulate-principal-policy --policy-source-arn "arn:aws:iam::$shop:role/OrganizationAccountAccessRole" \
    --action-names s3:DeleteBucket s3:ListBucket --output text \
    --query 'EvaluationResults[].[EvalActionName,EvalDecision,OrganizationsDecisionDetail.AllowedByOrganizations]'
