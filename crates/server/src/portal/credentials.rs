//! Credentials of a role, for command lines. They are made for the page and are on it alone.

use askama::Template;

use super::answer::Answer;
use super::door::{self, Credentials};
use super::visit::Visit;
use super::{PORTAL, Pending};

#[derive(Template)]
#[template(path = "portal/credentials.html")]
struct Page<'a> {
    token: String,
    person: &'a str,
    role: &'a str,
    account: &'a str,
    expires: String,
    bash: String,
    powershell: String,
    profile: String,
    config: String,
}

/// Makes and shows them.
pub fn take<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        let (account, role) = (visit.field("account"), visit.field("role"));
        let made = door::credentials(visit, &person, account, role).await;
        let made = made.map_err(|refusal| refusal.answer("No credentials"))?;
        Ok(Answer::page(&Page {
            token: visit.token(),
            person: &person.name,
            role,
            account,
            expires: made.expires.iso_seconds(),
            bash: variables(&made, |name, value| format!("export {name}='{value}'")),
            powershell: variables(&made, |name, value| format!("$Env:{name}='{value}'")),
            profile: profile(&made, account, role),
            config: config(&visit.origin(), &visit.facts.region, account, role),
        }))
    })
}

/// The three variables that every client reads. None of the values has a quote in it.
fn variables(made: &Credentials, line: fn(&str, &str) -> String) -> String {
    let values = [
        ("AWS_ACCESS_KEY_ID", made.access_key_id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", made.secret.expose_text()),
        ("AWS_SESSION_TOKEN", made.token.expose_text()),
    ];
    values.map(|(name, value)| line(name, value)).join("\n")
}

fn profile(made: &Credentials, account: &str, role: &str) -> String {
    format!(
        "[{account}_{role}]\naws_access_key_id={}\naws_secret_access_key={}\naws_session_token={}",
        made.access_key_id,
        made.secret.expose_text(),
        made.token.expose_text()
    )
}

fn config(origin: &str, region: &str, account: &str, role: &str) -> String {
    format!(
        "[sso-session portcullis]\nsso_start_url = {origin}{PORTAL}\nsso_region = {region}\n\
         sso_registration_scopes = sso:account:access\n\n[profile {role}]\nsso_session = portcullis\n\
         sso_account_id = {account}\nsso_role_name = {role}\nregion = {region}"
    )
}
