//! What must hold of every explanation, whatever the policies.

use std::collections::BTreeSet;

use portcullis_policy::{
    Change, Context, ContextValue, Effect, Explanation, Layer, Layers, Match, Request, Verdict, decide,
    explain,
};

/// Explains, and checks the explanation against the decision.
pub fn consistent(request: &Request<'_>, layers: &Layers<'_>) -> Explanation {
    let (explanation, decision) = (explain(request, layers), decide(request, layers));
    assert_eq!(explanation.decision, decision);
    let applying: BTreeSet<_> = explanation
        .statements
        .iter()
        .filter(|report| matches!(report.result, Match::Applies { .. }))
        .map(|it| (it.place.layer, it.place.policy.clone(), it.index, it.effect == Effect::Deny))
        .collect();
    let deciding: BTreeSet<_> = decision
        .deciding
        .iter()
        .map(|it| (it.layer, it.policy.clone(), it.index, it.effect == Effect::Deny))
        .collect();
    // No case has so many statements that some are left out.
    assert_eq!(explanation.statements_left_out, 0);
    assert!(deciding.is_subset(&applying), "{deciding:?} decide and {applying:?} are said to apply");
    match decision.verdict {
        Verdict::ExplicitDeny(first) => {
            let denying = applying.iter().filter(|it| it.3);
            let counted: BTreeSet<_> = denying
                .filter(|it| first != Layer::Revocation || it.0 == Layer::Revocation)
                .cloned()
                .collect();
            assert_eq!(counted, deciding);
        }
        Verdict::ImplicitDeny(_) => assert!(applying.iter().all(|it| !it.3)),
        // What needs no permission is not asked about all layers.
        Verdict::Allow | Verdict::Forbidden(_) => {}
    }
    for flip in &explanation.flips {
        assert_ne!(flip.verdict == Verdict::Allow, decision.is_allowed(), "{flip:?} turns nothing");
        if let Change::Context { key, from, to, .. } = &flip.change {
            assert_eq!(request.context.lookup(key), from.as_ref(), "{flip:?}");
            let mut context = request.context.clone();
            set(&mut context, key, to.as_ref());
            assert_eq!(
                decide(&Request { context: &context, ..*request }, layers).verdict,
                flip.verdict,
                "{flip:?}"
            );
        }
    }
    assert!(explanation.to_text().lines().count() > 10);
    assert!(explanation.to_json()["verdict"]["answer"].is_string());
    explanation
}

fn set(context: &mut Context, key: &str, value: Option<&ContextValue>) {
    match value {
        None => context.remove(key),
        Some(ContextValue::One(value)) => context.set_one(key, value.clone()),
        Some(ContextValue::Many(values)) => context.set_many(key, values.clone()),
    }
}
