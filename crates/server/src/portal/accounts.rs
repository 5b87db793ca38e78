//! The first page: in which accounts the person has which roles.

use askama::Template;

use super::Pending;
use super::answer::Answer;
use super::door::{self, Account};
use super::visit::Visit;

#[derive(Template)]
#[template(path = "portal/accounts.html")]
struct Page<'a> {
    token: String,
    person: &'a str,
    accounts: Vec<Account>,
}

/// Shows them.
pub fn ask<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        let accounts = door::accounts(visit, &person);
        Ok(Answer::page(&Page { token: visit.token(), person: &person.name, accounts }))
    })
}
