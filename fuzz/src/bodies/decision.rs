//! The whole decision. Input: in one field letters that choose the caller, the action, the resource and its owner, and
//! then policies, each in a field that begins with the letter of its layer.

use portcullis_policy::{
    Document, Effect, Layers, PolicyKind, PolicyRef, Request, ResourceLayer, Verdict, parse,
};

use super::FIELD_END;
use super::scene::{ACCOUNT, CALLERS, agreed};

const ACTIONS: [&str; 6] = [
    "s3:GetObject",
    "s3:PutObject",
    "sqs:SendMessage",
    "sts:AssumeRole",
    "iam:ListUsers",
    "sts:GetSessionToken",
];
const RESOURCES: [&str; 5] = [
    "arn:aws:s3:::data/report",
    "arn:aws:s3:::data",
    "arn:aws:s3:::data/home/alice/x",
    "arn:aws:iam::111122223333:role/target",
    "*",
];
const OWNERS: [&str; 2] = [ACCOUNT, "444455556666"];

/// The documents of each layer; guardrails have one level.
#[derive(Clone, Default)]
struct Policies {
    revocations: Vec<Document>,
    identity: Vec<Document>,
    boundary: Option<Document>,
    session: Option<Vec<Document>>,
    resource: Option<(Document, PolicyKind)>,
    scps: Option<Vec<Document>>,
    rcps: Option<Vec<Document>>,
}

impl Policies {
    /// Adds the document of a field; one that cannot be saved is none.
    fn add(&mut self, field: &str) {
        let Some(layer) = field.chars().next() else { return };
        let text = &field[layer.len_utf8()..];
        let read = |kind| parse(text, kind).map(|parsed| parsed.document).ok();
        match layer {
            'v' => self.revocations.extend(read(PolicyKind::Identity)),
            'i' => self.identity.extend(read(PolicyKind::Identity)),
            'b' => self.boundary = read(PolicyKind::Identity),
            's' => self.session.get_or_insert_default().extend(read(PolicyKind::Session)),
            'r' => {
                self.resource = read(PolicyKind::Resource).map(|document| (document, PolicyKind::Resource));
            }
            't' => self.resource = read(PolicyKind::Trust).map(|document| (document, PolicyKind::Trust)),
            'c' => self.scps.get_or_insert_default().extend(read(PolicyKind::Scp)),
            'p' => {
                self.rcps.get_or_insert_with(|| vec![Document::full_access()]).extend(read(PolicyKind::Rcp));
            }
            _ => {}
        }
    }

    /// The verdict that all engines give.
    fn verdict(&self, request: &Request<'_>) -> Verdict {
        let (revocations, identity) = (refs(&self.revocations), refs(&self.identity));
        let session = self.session.as_deref().map(refs);
        let scps = self.scps.as_deref().map(|level| vec![refs(level)]);
        let rcps = self.rcps.as_deref().map(|level| vec![refs(level)]);
        let layers = Layers {
            revocations: &revocations,
            identity: &identity,
            boundary: self.boundary.as_ref().map(one),
            session: session.as_deref(),
            resource: match &self.resource {
                None => ResourceLayer::None,
                Some((document, PolicyKind::Trust)) => ResourceLayer::Trust(one(document)),
                Some((document, _)) => ResourceLayer::Policy(one(document)),
            },
            scps: scps.as_deref(),
            rcps: rcps.as_deref(),
        };
        agreed(request, &layers).verdict
    }

    /// The same with the documents of every list in the other order, each of them twice.
    fn turned(&self) -> Self {
        let turn = |list: &Vec<Document>| list.iter().rev().chain(list).cloned().collect::<Vec<_>>();
        Self {
            revocations: turn(&self.revocations),
            identity: turn(&self.identity),
            session: self.session.as_ref().map(turn),
            scps: self.scps.as_ref().map(turn),
            rcps: self.rcps.as_ref().map(turn),
            ..self.clone()
        }
    }

    /// The same with one statement more in each of the layers in turn.
    fn each_with(&self, text: &str) -> Vec<Self> {
        let read = |kind| parse(text, kind).expect("a policy of the target").document;
        let mut all = vec![self.clone(); 5];
        all[0].revocations.push(read(PolicyKind::Identity));
        all[1].identity.push(read(PolicyKind::Identity));
        all[2].session.get_or_insert_default().push(read(PolicyKind::Session));
        all[3].scps.get_or_insert_default().push(read(PolicyKind::Scp));
        all[4].boundary.get_or_insert_with(|| read(PolicyKind::Identity));
        all
    }
}

fn one(document: &Document) -> PolicyRef<'_> {
    PolicyRef { name: "policy", document }
}

fn refs(documents: &[Document]) -> Vec<PolicyRef<'_>> {
    documents.iter().map(one).collect()
}

/// Every engine gives the same decision; a deny more or a limit more never adds an allow; the order and number of
/// documents says nothing.
pub fn decision(input: &[u8]) {
    let Some(text) = super::text(input) else { return };
    let mut fields = text.split(FIELD_END);
    let mut choices = fields.next().unwrap_or_default().bytes().map(usize::from);
    let mut choose = |count: usize| choices.next().unwrap_or_default() % count;
    let (principal, context) = &CALLERS[choose(CALLERS.len())];
    let mut context = context.clone();
    let (action, resource) = (ACTIONS[choose(ACTIONS.len())], RESOURCES[choose(RESOURCES.len())]);
    let owner = OWNERS[choose(OWNERS.len())];
    if choose(2) == 1 {
        context.set_one("aws:MultiFactorAuthPresent", "false");
    }
    let mut policies = Policies::default();
    fields.for_each(|field| policies.add(field));
    let resource_account = owner.parse().expect("an account");
    let request = Request { action, resource, resource_account, principal, context: &context };

    let verdict = policies.verdict(&request);
    assert_eq!(policies.turned().verdict(&request), verdict, "order or number of documents counts");
    let never_more = |text: &str| {
        for (layer, more) in policies.each_with(text).iter().enumerate() {
            let after = more.verdict(&request);
            assert!(
                verdict == Verdict::Allow || after != Verdict::Allow,
                "layer {layer} added an allow: {text}"
            );
        }
    };
    never_more(r#"{"Statement": {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}}"#);
    never_more(r#"{"Statement": {"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "arn:aws:s3:::*"}}"#);
    if policies.session.is_none() && policies.boundary.is_none() && policies.scps.is_none() {
        // A first limit grants nothing either, but for the session policy that a federated user must have.
        let allow = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        let limited = policies.each_with(allow);
        for at in [0, 3, 4] {
            let after = limited[at].verdict(&request);
            assert!(verdict == Verdict::Allow || after != Verdict::Allow, "limit {at} added an allow");
        }
    }
    assert_deny_decides(&policies, &request);
}

/// Where one document alone denies explicitly, so does every set of policies with it, whatever else is allowed.
fn assert_deny_decides(policies: &Policies, request: &Request<'_>) {
    let only_allows = |document: &Document| {
        document.statements().iter().all(|statement| statement.effect() == Effect::Allow)
    };
    for document in policies.identity.iter().filter(|document| !only_allows(document)) {
        let alone = Policies { identity: vec![document.clone()], ..Policies::default() };
        if matches!(alone.verdict(request), Verdict::ExplicitDeny(_)) {
            assert_ne!(policies.verdict(request), Verdict::Allow, "a deny was overruled");
        }
    }
}
