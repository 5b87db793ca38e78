//! From files to what is to be written: records, the permissions that making them asks for, and the report.

use std::collections::BTreeSet;

use portcullis_base::world::World;
use portcullis_base::{AccountId, Timestamp, UniqueId};
use portcullis_store::Key;

use super::found::Found;
use super::principal::Names;
use super::report::{Kind, Report};
use super::{File, bucket, check, iam, organization, profile, quota, recognise};
use crate::action::Need;
use crate::limits::Limits;
use crate::snapshot::Snapshot;

/// What whoever imports decides.
#[derive(Debug, Clone)]
pub struct Options {
    /// The account of a new deployment, where the files leave it open.
    pub account: Option<AccountId>,
    /// The account that owns the buckets [default: the deployment's].
    pub bucket_account: Option<AccountId>,
    /// Whether entities that cannot be read are left out, instead of refusing everything.
    pub skips_unreadable: bool,
    /// The region of buckets.
    pub region: String,
    /// Whether it is the operator who has the data directory in hand. Whoever asks a running server makes nothing in
    /// an account that is here and stands alone or is closed: no single call could.
    pub is_operator: bool,
}

/// Where to.
#[derive(Clone, Copy)]
pub enum Here<'a> {
    /// A deployment that there is.
    There(&'a Snapshot),
    /// One that is to be made.
    New,
}

/// What is to be written, if there is no problem.
pub struct Plan {
    /// The deployment's account; none where that of a new one remains open.
    pub account: Option<AccountId>,
    /// New records.
    pub records: Vec<(Key, Vec<u8>)>,
    /// The permissions that making by single calls what the files bring would ask for, whether it is new or not.
    pub needs: Vec<Need>,
    /// The new users and roles, with their ARNs.
    pub principals: Vec<(UniqueId, String)>,
    /// What to tell.
    pub report: Report,
}

/// What the parts of a plan are put together from.
pub(super) struct Desk<'a> {
    pub here: &'a Snapshot,
    pub home: AccountId,
    pub files: Vec<&'a str>,
    pub options: &'a Options,
    pub limits: &'a Limits,
    pub world: &'a World,
    pub now: Timestamp,
}

impl Desk<'_> {
    /// The name of a file.
    pub fn file(&self, at: usize) -> &str {
        self.files.get(at).copied().unwrap_or_default()
    }
}

impl Plan {
    /// Notes something that was made.
    pub(super) fn take(&mut self, account: AccountId, kind: Kind, key: Key, value: Vec<u8>) {
        *self.report.taken.entry((account, kind)).or_default() += 1;
        self.records.push((key, value));
    }

    /// Notes something that is here already.
    pub(super) fn same(&mut self, account: AccountId, kind: Kind) {
        *self.report.unchanged.entry((account, kind)).or_default() += 1;
    }
}

/// Plans an import. Nothing is to be stored if the report has a problem.
pub fn plan(files: &[File], here: Here<'_>, options: &Options, limits: &Limits, world: &World) -> Plan {
    let mut report = Report::default();
    let mut found = recognise::read(files, &mut report);
    let home = match here {
        Here::There(snapshot) => Some(snapshot.account),
        Here::New => new_home(&found, options, &mut report),
    };
    let mut plan =
        Plan { account: home, records: Vec::new(), needs: Vec::new(), principals: Vec::new(), report };
    let Some(home) = home else { return plan };
    let empty = Snapshot::empty(home);
    let snapshot = match here {
        Here::There(snapshot) => snapshot,
        Here::New => &empty,
    };
    let desk = Desk {
        here: snapshot,
        home,
        files: files.iter().map(|file| file.name.as_str()).collect(),
        options,
        limits,
        world,
        now: world.clock.now(),
    };
    if files.is_empty() {
        plan.report.problem("", "", "there is no file to import");
    }
    check::sound(&mut found, &desk.files, snapshot, options, &mut plan.report);
    let names = Names::of(&found, snapshot);
    organization::add(&found, &desk, &names, &mut plan);
    iam::add(&found, &desk, &names, &mut plan);
    profile::add(&found, &desk, &mut plan);
    bucket::add(&found, &desk, &names, &mut plan);
    quota::note(&found, &desk, &mut plan);
    refuse_out_of_reach(&desk, &mut plan);
    if !plan.report.problems.is_empty() {
        plan.records.clear();
    }
    plan
}

/// Refuses what is new in accounts that nobody of this one can reach.
fn refuse_out_of_reach(desk: &Desk<'_>, plan: &mut Plan) {
    if desk.options.is_operator {
        return;
    }
    let accounts: BTreeSet<AccountId> = plan.report.taken.keys().map(|(account, _)| *account).collect();
    for account in accounts.into_iter().filter(|account| *account != desk.home) {
        let held = desk.here.accounts.get(account);
        if held.is_some_and(|held| held.is_closed || held.membership.is_none()) {
            let reason =
                "is here already and is no open account of the organization: only its own callers change it";
            plan.report.problem("", account.to_string(), reason);
        }
    }
}

/// The account of a new deployment: the one that manages the organization, the one that is asked for, or the only one.
fn new_home(found: &Found, options: &Options, report: &mut Report) -> Option<AccountId> {
    if let Some((id, management)) = &found.listings.organization {
        if options.account.is_some_and(|asked| asked != *management) {
            report.problem("", id.as_str(), format!("is managed by {management}, which must be the account"));
            return None;
        }
        return Some(*management);
    }
    let holders = found.holders.iter().map(|held| held.it.account);
    let policies = found.managed.iter().map(|held| held.it.account);
    let accounts: BTreeSet<AccountId> = holders.chain(policies).collect();
    let mut each = accounts.iter();
    match (options.account, each.next(), each.next()) {
        (Some(asked), _, _) => Some(asked),
        (None, Some(only), None) => Some(*only),
        _ => {
            let names: Vec<String> = accounts.iter().map(ToString::to_string).collect();
            let reason =
                format!("the files do not say which account is the deployment's [{}]", names.join(", "));
            report.problem("", "", format!("{reason}; name it with --account-id"));
            None
        }
    }
}
