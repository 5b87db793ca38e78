//! Every combination of layers, callers and accounts, against a table written apart from the engine.
//!
//! The table knows three things only: which layers a kind of caller has, which of them each way of being named
//! by the resource makes up for, and that a deny anywhere wins.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use portcullis_policy::{
    Context, Document, Layers, PolicyKind, PolicyRef, Principal, Request, ResourceLayer, Verdict, parse,
};
use support::cast::Cast;

/// What a layer says about the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Absent,
    /// There is a policy, but about something else.
    Nothing,
    Allow,
    Deny,
}

const SAYINGS: [Says; 4] = [Says::Absent, Says::Nothing, Says::Allow, Says::Deny];

/// What the policy of the resource says, and whom it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resource {
    Absent,
    Nothing,
    DenyEveryone,
    DenyCaller,
    /// The caller's role, or the user who made the federated session.
    DenyParent,
    DenyAccount,
    AllowEveryone,
    AllowCaller,
    AllowParent,
    AllowAccount,
}

const RESOURCES: [Resource; 10] = [
    Resource::Absent,
    Resource::Nothing,
    Resource::DenyEveryone,
    Resource::DenyCaller,
    Resource::DenyParent,
    Resource::DenyAccount,
    Resource::AllowEveryone,
    Resource::AllowCaller,
    Resource::AllowParent,
    Resource::AllowAccount,
];

/// A kind of caller, as AWS's tables describe it.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of those tables")]
struct Kind {
    name: &'static str,
    /// How a policy names the caller itself and its parent.
    own_arn: &'static str,
    parent_arn: Option<&'static str>,
    has_account: bool,
    is_root: bool,
    must_have_session_policy: bool,
    may_assume_roles: bool,
}

const USER: Kind = Kind {
    name: "alice",
    own_arn: "arn:aws:iam::111122223333:user/staff/alice",
    parent_arn: None,
    has_account: true,
    is_root: false,
    must_have_session_policy: false,
    may_assume_roles: true,
};

const ROOT: Kind = Kind {
    name: "root",
    own_arn: "arn:aws:iam::111122223333:root",
    is_root: true,
    may_assume_roles: false,
    ..USER
};

const KINDS: [Kind; 9] = [
    USER,
    Kind { name: "alice by GetSessionToken", ..USER },
    Kind {
        name: "deploy session ci",
        own_arn: "arn:aws:sts::111122223333:assumed-role/deploy/ci",
        parent_arn: Some("arn:aws:iam::111122223333:role/team/deploy"),
        ..USER
    },
    Kind {
        name: "bob federated by alice",
        own_arn: "arn:aws:sts::111122223333:federated-user/bob",
        parent_arn: Some("arn:aws:iam::111122223333:user/staff/alice"),
        must_have_session_policy: true,
        may_assume_roles: false,
        ..USER
    },
    Kind {
        name: "alice federated by root",
        own_arn: "arn:aws:sts::111122223333:federated-user/alice",
        is_root: true,
        must_have_session_policy: true,
        may_assume_roles: false,
        ..USER
    },
    ROOT,
    Kind { name: "root by GetSessionToken", ..ROOT },
    Kind { name: "anonymous", own_arn: "*", has_account: false, ..USER },
    Kind { name: "cloudtrail", own_arn: "cloudtrail.amazonaws.com", has_account: false, ..USER },
];

#[derive(Debug, Clone, Copy)]
struct Setting {
    identity: Says,
    boundary: Says,
    session: Says,
    scp: Says,
    rcp: Says,
    resource: Resource,
    same_account: bool,
    /// Whether the resource is a role, whose trust policy must consent.
    is_trust: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Allow,
    Explicit,
    Implicit,
    Forbidden,
}

/// The table.
fn expected(kind: &Kind, setting: Setting) -> Expected {
    if setting.is_trust && !kind.may_assume_roles {
        return Expected::Forbidden;
    }
    // Layers a kind of caller does not have are as good as absent.
    let only_if = |has: bool, says: Says| if has { says } else { Says::Absent };
    let identity = only_if(kind.has_account && !kind.is_root, setting.identity);
    let boundary = only_if(kind.has_account && !kind.is_root, setting.boundary);
    let session = only_if(kind.has_account, setting.session);
    let scp = only_if(kind.has_account, setting.scp);
    let layers = [identity, boundary, session, scp, setting.rcp];
    let is_denied_by_resource = match setting.resource {
        Resource::DenyEveryone | Resource::DenyCaller => true,
        Resource::DenyParent => kind.parent_arn.is_some(),
        Resource::DenyAccount => kind.has_account,
        _ => false,
    };
    if layers.contains(&Says::Deny) || is_denied_by_resource {
        return Expected::Explicit;
    }
    let identity_ok = kind.is_root || identity == Says::Allow;
    let boundary_ok = matches!(boundary, Says::Absent | Says::Allow);
    let session_ok = session == Says::Allow || (session == Says::Absent && !kind.must_have_session_policy);
    let guardrails_ok =
        matches!(scp, Says::Absent | Says::Allow) && matches!(setting.rcp, Says::Absent | Says::Allow);

    // Which of identity, boundary and session must hold, by how the resource names the caller.
    let all = [true, true, true];
    let is_root_itself = kind.own_arn == ROOT.own_arn;
    let needed = match setting.resource {
        // A session of root's for a task is bounded by the task's policy, however root is named.
        Resource::AllowEveryone | Resource::AllowCaller | Resource::AllowAccount if is_root_itself => {
            Some([false, false, true])
        }
        Resource::AllowEveryone | Resource::AllowCaller => Some([false, false, false]),
        Resource::AllowParent if kind.parent_arn.is_some() => Some([false, true, true]),
        // The account delegates; its root user is the account's principal, as above.
        Resource::AllowAccount if kind.has_account => Some(all),
        _ => None,
    };
    let needed = match (needed, setting.same_account) {
        (Some(_), false) if kind.has_account => Some(all),
        (None, true) if !setting.is_trust && kind.has_account => Some(all),
        (needed, _) => needed,
    };
    let holds = needed.is_some_and(|needed| {
        needed.iter().zip([identity_ok, boundary_ok, session_ok]).all(|(needed, ok)| ok || !needed)
    });
    if guardrails_ok && holds { Expected::Allow } else { Expected::Implicit }
}

/// The documents the settings are made of.
struct Documents {
    nothing: Document,
    allow: Document,
    deny: Document,
}

impl Documents {
    /// Documents without a Principal element, or, as resource control policies have it, with one.
    fn new(kind: PolicyKind, principal: &str) -> Self {
        let one = |statement: &str| {
            let text = format!(
                r#"{{"Version": "2012-10-17", "Statement": {{{statement}{principal}, "Resource": "*"}}}}"#
            );
            parse(&text, kind).unwrap().document
        };
        Self {
            nothing: one(r#""Effect": "Allow", "Action": "sqs:*""#),
            allow: one(r#""Effect": "Allow", "Action": "*""#),
            deny: one(r#""Effect": "Deny", "Action": "*""#),
        }
    }

    fn of(&self, says: Says) -> Vec<PolicyRef<'_>> {
        let document = match says {
            Says::Absent => return Vec::new(),
            Says::Nothing => &self.nothing,
            Says::Allow => &self.allow,
            Says::Deny => &self.deny,
        };
        vec![PolicyRef { name: "policy", document }]
    }
}

/// The resource's policy for a kind of caller, one for each of `RESOURCES`; `None` where there is none to write.
fn resource_document(kind: &Kind, resource: Resource, is_trust: bool) -> Option<Document> {
    let principal = match resource {
        Resource::Absent => return None,
        Resource::Nothing => r#"{"AWS": "arn:aws:iam::999988887777:user/somebody"}"#.to_owned(),
        Resource::DenyEveryone | Resource::AllowEveryone => r#""*""#.to_owned(),
        Resource::DenyCaller | Resource::AllowCaller if kind.name == "cloudtrail" => {
            format!(r#"{{"Service": "{}"}}"#, kind.own_arn)
        }
        Resource::DenyCaller | Resource::AllowCaller => format!(r#"{{"AWS": "{}"}}"#, kind.own_arn),
        Resource::DenyParent | Resource::AllowParent => {
            format!(r#"{{"AWS": "{}"}}"#, kind.parent_arn.unwrap_or("999988887777"))
        }
        Resource::DenyAccount | Resource::AllowAccount => {
            r#"{"AWS": "arn:aws:iam::111122223333:root"}"#.to_owned()
        }
    };
    let is_deny = matches!(
        resource,
        Resource::DenyEveryone | Resource::DenyCaller | Resource::DenyParent | Resource::DenyAccount
    );
    let effect = if is_deny { "Deny" } else { "Allow" };
    let (action, rest, policy_kind) = if is_trust {
        ("sts:AssumeRole", "", PolicyKind::Trust)
    } else {
        ("s3:*", r#", "Resource": "*""#, PolicyKind::Resource)
    };
    let text = format!(
        r#"{{"Statement": {{"Effect": "{effect}", "Principal": {principal}, "Action": "{action}"{rest}}}}}"#
    );
    Some(parse(&text, policy_kind).unwrap().document)
}

fn settings(resource: Resource, is_trust: bool) -> impl Iterator<Item = Setting> {
    let number_of_settings = SAYINGS.len().pow(5) * 2;
    (0..number_of_settings).map(move |number| {
        let says = |digit: u32| SAYINGS[number / 2 / SAYINGS.len().pow(digit) % SAYINGS.len()];
        Setting {
            identity: says(0),
            boundary: says(1),
            session: says(2),
            scp: says(3),
            rcp: says(4),
            resource,
            same_account: number % 2 == 0,
            is_trust,
        }
    })
}

fn kind_of(verdict: Verdict) -> Expected {
    match verdict {
        Verdict::Allow => Expected::Allow,
        Verdict::ExplicitDeny(_) => Expected::Explicit,
        Verdict::ImplicitDeny(_) => Expected::Implicit,
        Verdict::Forbidden(_) => Expected::Forbidden,
    }
}

fn decide(
    engine: &dyn support::Engine,
    [documents, rcp_documents]: [&Documents; 2],
    principal: &Principal,
    resource: Option<&Document>,
    setting: Setting,
) -> Verdict {
    let context = Context::new();
    let owner = if setting.same_account { "111122223333" } else { "444455556666" };
    let (action, arn) = if setting.is_trust {
        ("sts:AssumeRole", format!("arn:aws:iam::{owner}:role/target"))
    } else {
        ("s3:GetObject", "arn:aws:s3:::data/report".to_owned())
    };
    let request = Request {
        action,
        resource: &arn,
        resource_account: owner.parse().unwrap(),
        principal,
        context: &context,
    };
    let scps = (setting.scp != Says::Absent).then(|| vec![documents.of(setting.scp)]);
    let rcps = (setting.rcp != Says::Absent).then(|| vec![rcp_documents.of(setting.rcp)]);
    let session = documents.of(setting.session);
    let policy = resource.map(|document| PolicyRef { name: "resource", document });
    let layers = Layers {
        revocations: &[],
        identity: &documents.of(setting.identity),
        boundary: documents.of(setting.boundary).first().copied(),
        session: (setting.session != Says::Absent).then_some(session.as_slice()),
        resource: match (policy, setting.is_trust) {
            (Some(policy), false) => ResourceLayer::Policy(policy),
            (None, false) => ResourceLayer::None,
            (Some(policy), true) => ResourceLayer::Trust(policy),
            (None, true) => ResourceLayer::TrustMissing,
        },
        scps: scps.as_deref(),
        rcps: rcps.as_deref(),
    };
    engine.decide(&request, &layers).verdict
}

#[test]
fn every_combination_is_as_the_table_says() {
    let cast = Cast::read();
    let documents = Documents::new(PolicyKind::Identity, "");
    // The default resource control policy allows, which customers' own may not: hence the resource grammar.
    let rcp_documents = Documents::new(PolicyKind::Resource, r#", "Principal": "*""#);
    let mut count = 0_usize;
    for engine in support::engines() {
        for kind in &KINDS {
            let principal = &cast.caller(kind.name).principal;
            for resource in RESOURCES {
                for is_trust in [false, true] {
                    let policy = resource_document(kind, resource, is_trust);
                    for setting in settings(resource, is_trust) {
                        let verdict = decide(
                            engine.as_ref(),
                            [&documents, &rcp_documents],
                            principal,
                            policy.as_ref(),
                            setting,
                        );
                        let expected = expected(kind, setting);
                        assert_eq!(
                            kind_of(verdict),
                            expected,
                            "{}: {}: {setting:?}",
                            engine.name(),
                            kind.name
                        );
                        count += 1;
                    }
                }
            }
        }
    }
    assert_eq!(count, support::engines().len() * 9 * 10 * 2 * 2048);
}
