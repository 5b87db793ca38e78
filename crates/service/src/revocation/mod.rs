//! Revocations at the gate: whether what signs a request, or anything in the chain that led to it, is cut off.
//!
//! ```text
//! caller -> links (itself, its ancestors) -> what is found by each -> the engine, with the link's condition keys
//! ```

pub mod doors;
mod hits;
mod link;
pub mod stale;

use std::sync::Arc;

use portcullis_policy::serving::{Compiled, Layers, Request, Source, decide};
use portcullis_policy::{Decision, Layer, Principal, Verdict};
use portcullis_store::record::RevocationTarget;
use smallvec::SmallVec;

use crate::caller::Caller;
use crate::gate::Question;
use crate::snapshot::Snapshot;
use crate::snapshot::revocation::{Revocation, Revocations, id};
pub use hits::{Hits, holder, keys};
pub use link::{Link, of_claims};

/// The denial of a caller who is cut off; `None` for everybody else.
pub fn judge(snapshot: &Snapshot, caller: &Caller, question: &Question<'_>) -> Option<Decision> {
    let revocations = &snapshot.revocations;
    link::of(caller).iter().find_map(|link| {
        let single = link.key.iter().flat_map(|key| {
            let cuts = revocations.of_session(key);
            cuts.map(|cut| {
                let name = id(&RevocationTarget::Session((*key).clone()), cut.number);
                (name, Revocations::cut_document(key, cut))
            })
        });
        let wide = link.handles().into_iter().flat_map(|handle| revocations.of(handle));
        let wide = wide.map(|held| (held.id(), Arc::clone(held.document())));
        single.chain(wide).find_map(|(name, document)| denied(link, caller, question, &name, &document))
    })
}

/// Whether any revocation is found by what the caller or its chain is.
pub fn concerns(snapshot: &Snapshot, caller: &Caller) -> bool {
    let revocations = &snapshot.revocations;
    let is_found = |link: &Link<'_>| {
        link.key.is_some_and(|key| revocations.of_session(key).next().is_some())
            || link.handles().into_iter().any(|handle| !revocations.of(handle).is_empty())
    };
    !revocations.is_empty() && link::of(caller).iter().any(is_found)
}

/// What keeps a caller's new session from being issued, if anything does.
pub fn blocks<'a>(snapshot: &'a Snapshot, links: &[Link<'_>]) -> Option<&'a Arc<Revocation>> {
    let handles: SmallVec<[_; 8]> = links.iter().flat_map(Link::handles).collect();
    let mut blocking = handles.into_iter().flat_map(|handle| snapshot.revocations.blocking(handle));
    blocking.find(|held| {
        held.record.scope.is_none_or(|scope| links.iter().any(|link| link.account == Some(scope)))
    })
}

fn denied(
    link: &Link<'_>,
    caller: &Caller,
    question: &Question<'_>,
    name: &str,
    document: &Compiled,
) -> Option<Decision> {
    let principal: &Principal = &caller.principal;
    let described = link.described();
    let view = described.view(caller);
    let request = Request {
        action: question.action,
        resource: question.resource,
        resource_account: question.account,
        principal,
        view: &view,
    };
    let revocations = [Source::One(name, document)];
    let layers = Layers { revocations: &revocations, ..Layers::default() };
    let decision = decide(&request, &layers);
    (decision.verdict == Verdict::ExplicitDeny(Layer::Revocation)).then(|| decision.to_owned())
}

#[cfg(test)]
mod tests;
