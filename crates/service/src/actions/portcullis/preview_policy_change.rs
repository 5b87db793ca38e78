//! PreviewPolicyChange: what a change would do, without its being made.
//!
//! The change is the action that would make it, with that action's own input. It goes the same way as the action
//! itself, through the same gate and up to the draft; the draft is looked at and thrown away. So a preview is refused
//! in the words in which the change would be, and tells nothing to whoever may not make the change.

use portcullis_base::Value;

use super::revocation;
use crate::action::{
    Access, Ask, Category, Handler, Loaded, Need, Output, Permission, Plan, Row, no_resources,
};
use crate::actions;
use crate::draft::Draft;
use crate::error::{ApiError, Family};
use crate::flow::{Flow, Prospect};
use crate::gate::{self, Authorized};
use crate::port::{BoxFuture, Facts};
use crate::preview::Preview;

/// The action. Its parameters are those of another action, which may hide some of them: the event has none.
pub const ROW: Row = Row {
    service: "portcullis",
    name: "PreviewPolicyChange",
    permission: Permission::Named("portcullis:PreviewPolicyChange", |ask, action| {
        Ok(Need::anywhere(action, ask.account()))
    }),
    access: Access::Read,
    category: Category::Management,
    hides: &["Parameters"],
    resources: no_resources,
    prepare: None,
    handler: Handler::Flow(run),
};

/// Loads what a change depends on beside the snapshot, from its own input.
type Load = for<'a> fn(&'a Prospect, &'a Value) -> BoxFuture<'a, Result<Loaded, ApiError>>;

/// Actions that wait, and draft all the same what can be looked at.
const PLANS: &[(&str, Plan, Load)] = &[("Revoke", revocation::revoke::plan, revocation::target::loaded)];

fn nothing<'a>(_: &'a Prospect, _: &'a Value) -> BoxFuture<'a, Result<Loaded, ApiError>> {
    Box::pin(std::future::ready(Ok(Loaded::default())))
}

/// The change: an action and its input.
struct Asked {
    row: &'static Row,
    plan: Plan,
    load: Load,
    input: Value,
    facts: Facts,
    family: Family,
}

fn invalid(message: String) -> ApiError {
    ApiError::caller("InvalidInputException", 400, message)
}

/// How a row's change is drafted.
fn plan(row: &Row) -> Result<(Plan, Load), ApiError> {
    let refusal = |why: &str| invalid(format!("{} of {} cannot be previewed: {why}.", row.name, row.service));
    match row.handler {
        Handler::Change(_) if row.prepare.is_some() => {
            Err(refusal("it takes a code of an MFA device, which would be used up"))
        }
        Handler::Change(plan) => Ok((plan, nothing)),
        Handler::Flow(_) => {
            let found = PLANS.iter().find(|(name, ..)| row.service == "portcullis" && *name == row.name);
            found
                .map(|(_, plan, load)| (*plan, *load))
                .ok_or_else(|| refusal("what it does is not drafted beforehand"))
        }
        Handler::Read(_) | Handler::Issue(_) => Err(refusal("it changes no policy")),
    }
}

impl Asked {
    fn of(ask: &Ask<'_>) -> Result<Self, ApiError> {
        let (service, action) = (ask.text("Service")?, ask.text("Action")?);
        let row = actions::row(service, action)
            .ok_or_else(|| invalid(format!("{service} has no action {action} that is served here.")))?;
        let (plan, load) = plan(row)?;
        let written = ask.service.inputs.read(row.service, row.name, ask.text("Parameters")?)?;
        let mut facts = ask.facts.clone();
        if let Some(region) = written.region {
            region.clone_into(&mut facts.region);
        }
        Ok(Self { row, plan, load, input: written.input, facts, family: Family::of(row.service) })
    }

    /// Whether the caller may make the change, as things are now.
    fn authorized<'a>(
        &'a self,
        flow: &'a Flow,
        loaded: &'a Loaded,
    ) -> Result<Authorized<'a>, Box<gate::Refused>> {
        let asked = Ask { input: &self.input, facts: &self.facts, family: self.family, loaded, ..flow.ask() };
        match self.row.permission.needs(&asked) {
            Ok(needs) => gate::authorize(asked, &needs).map(|(authorized, _)| authorized),
            Err(error) => Err(Box::new(gate::Refused { error, judged: None })),
        }
    }
}

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        // Whoever has just been given a session sees it.
        flow.service.catch_up().await;
        flow.still_stands()?;
        let asked = Asked::of(&flow.ask())?;
        let loaded = (asked.load)(flow, &asked.input).await?;
        let drafted = asked.authorized(flow, &loaded).map(|authorized| {
            let mut draft = Draft::new();
            (asked.plan)(&authorized, &mut draft).map(|_| draft)
        });
        let draft = match drafted {
            Ok(draft) => draft?,
            Err(refused) => return Err(flow.refused(*refused)),
        };
        let told = Preview::of(flow, draft).told().await?;
        // What took a while to find out is told only to those who may still make the change.
        flow.still_stands()?;
        if let Err(refused) = asked.authorized(flow, &loaded).map(drop) {
            return Err(flow.refused(*refused));
        }
        Ok(told.with("Service", asked.row.service).with("Action", asked.row.name).into())
    })
}
