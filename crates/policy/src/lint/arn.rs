//! The ARNs of Resource and NotResource: their six parts, against the forms that the service's resources have.

use super::code::codes;
use super::overlap::Wanted;
use super::report::{Report, quote};
use super::view::{Text, View};
use crate::document::Version;
use crate::service_data::services;
use crate::variable::Template;

codes! {
    INVALID_ARN_PREFIX Error
        "A resource is neither \"*\" nor an ARN, which begins with arn:."
        "Write the whole ARN.";
    MISSING_ARN_FIELD Error
        "An ARN has fewer than six parts."
        "Write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE; parts that do not apply stay empty, but their colons stand.";
    INVALID_PARTITION Error
        "There is no such partition."
        "Write aws, aws-cn or aws-us-gov.";
    INVALID_SERVICE Error
        "There is no such service, or a wildcard or nothing stands in its place."
        "Write the service as the ARNs of its resources have it.";
    INVALID_ARN_SERVICE_CASE Error
        "The service in an ARN has capitals; its case matters."
        "Write it in lower case.";
    INVALID_REGION Error
        "This is not the name of a region."
        "Write a region, such as eu-central-1, or *.";
    ARN_REGION_NOT_ALLOWED Error
        "The ARNs of such resources have no region."
        "Leave the region empty.";
    MISSING_ARN_REGION Error
        "The ARNs of such resources have a region."
        "Write a region, or *.";
    INVALID_ARN_ACCOUNT Error
        "The account in an ARN is not one of twelve digits."
        "Write the account id, or *.";
    ARN_ACCOUNT_NOT_ALLOWED Error
        "The ARNs of such resources have no account."
        "Leave the account empty.";
    MISSING_ARN_ACCOUNT Error
        "The ARNs of such resources have an account."
        "Write the account id, or *.";
    INVALID_ARN_RESOURCE Error
        "The service has no type of resource whose ARNs look like this."
        "Write the resource as AWS's Service Authorization Reference has it.";
}

const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for resource in view.statements.iter().flat_map(|statement| &statement.resources.items) {
        if resource.text != "*" {
            check_arn(*resource, view.version, report);
        }
    }
}

fn check_arn(resource: Text<'_>, version: Version, report: &mut Report<'_>) {
    let (text, at) = (resource.text, resource.node.range.start);
    let template = Template::new(text, version);
    if !text.starts_with("arn:") {
        let mended = [format!("arn:{text}"), format!("arn:{}", text.get(4..).unwrap_or_default())];
        let fix = mended
            .iter()
            .find(|mended| mended.eq_ignore_ascii_case(text) || text.starts_with("aws:"))
            .filter(|mended| mended.matches(':').count() >= 5)
            .map(|mended| Report::quoted(&resource.node.range, mended));
        let message = format!("{text:?} is not an ARN: it must begin with arn:, or be \"*\"");
        return report.raise_with(&INVALID_ARN_PREFIX, at, message, fix);
    }
    if template.colons() < 5 {
        return report.raise(
            &MISSING_ARN_FIELD,
            at,
            format!("{text} has fewer than the six parts of an ARN"),
        );
    }
    if template.has_variable() && template.colons_before_variable() < 5 {
        return;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &[_, partition, service, region, account, path] = parts.as_slice() else { return };
    let arn = Arn { resource, parts: [partition, service, region, account, path] };
    arn.check(report);
}

/// The parts of an ARN behind `arn`.
struct Arn<'t> {
    resource: Text<'t>,
    parts: [&'t str; 5],
}

const PARTITION: usize = 0;
const SERVICE: usize = 1;
const REGION: usize = 2;
const ACCOUNT: usize = 3;

impl Arn<'_> {
    fn check(&self, report: &mut Report<'_>) {
        let [partition, service, region, account, path] = self.parts;
        let is_open = |part: &str| part.contains(['*', '?']);
        if !is_open(partition) && !PARTITIONS.contains(&partition) {
            let meant = report.nearest(partition, PARTITIONS.into_iter());
            let message = format!("there is no partition {partition:?}");
            self.raise(&INVALID_PARTITION, message, meant.map(|meant| (PARTITION, meant)), report);
        }
        if is_open(service) || service.is_empty() {
            let message = "the service of an ARN must be named, without a wildcard";
            return self.raise(&INVALID_SERVICE, message, None, report);
        }
        let folded = service.to_ascii_lowercase();
        if folded != service {
            let message = format!("the service of an ARN is in lower case: {folded}");
            return self.raise(&INVALID_ARN_SERVICE_CASE, message, Some((SERVICE, &folded)), report);
        }
        if !services().is_service_of_arns(service) {
            let meant = report.nearest(service, services().prefixes());
            let message = format!("there is no service {service}");
            return self.raise(&INVALID_SERVICE, message, meant.map(|meant| (SERVICE, meant)), report);
        }
        let forms = services().forms_of(service);
        let wanted = Wanted::new(path);
        let fitting: Vec<[&str; 3]> = forms.iter().filter(|form| wanted.overlaps(form[2])).copied().collect();
        if fitting.is_empty() && !forms.is_empty() {
            let message = format!("{service} has no resources whose ARNs end like {path:?}");
            return self.raise(&INVALID_ARN_RESOURCE, message, None, report);
        }
        if !forms.is_empty() {
            self.check_region(region, &fitting, report);
            self.check_account(account, &fitting, report);
        }
    }

    fn check_region(&self, region: &str, fitting: &[[&str; 3]], report: &mut Report<'_>) {
        let is_named = !region.is_empty() && !region.contains(['*', '?']);
        if is_named && fitting.iter().all(|form| form[0].is_empty()) {
            let message = "the ARN of such a resource has no region";
            self.raise(&ARN_REGION_NOT_ALLOWED, message, Some((REGION, "")), report);
        } else if is_named && !is_region(region) {
            self.raise(&INVALID_REGION, format!("{region} is not a region"), None, report);
        } else if region.is_empty() && fitting.iter().all(|form| !form[0].is_empty()) {
            let message = "the ARN of such a resource has a region";
            self.raise(&MISSING_ARN_REGION, message, Some((REGION, "*")), report);
        }
    }

    fn check_account(&self, account: &str, fitting: &[[&str; 3]], report: &mut Report<'_>) {
        let is_named = !account.is_empty() && !account.contains(['*', '?']);
        let is_id = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        if is_named && fitting.iter().all(|form| form[1].is_empty()) {
            let message = "the ARN of such a resource has no account";
            self.raise(&ARN_ACCOUNT_NOT_ALLOWED, message, Some((ACCOUNT, "")), report);
        } else if is_named && !is_id && !fitting.iter().any(|form| form[1] == account) && account != "aws" {
            let message = format!("{account} is not an account id, which has twelve digits");
            self.raise(&INVALID_ARN_ACCOUNT, message, None, report);
        } else if account.is_empty() && fitting.iter().all(|form| !form[1].is_empty()) {
            let message = "the ARN of such a resource has an account";
            self.raise(&MISSING_ARN_ACCOUNT, message, Some((ACCOUNT, "*")), report);
        }
    }

    /// Reports; the fix puts something else in place of one part.
    fn raise(
        &self,
        code: &'static super::Code,
        message: impl Into<String>,
        mended: Option<(usize, &str)>,
        report: &mut Report<'_>,
    ) {
        let fix = mended.map(|(place, text)| {
            let parts = self.parts.iter().enumerate();
            let parts: Vec<&str> = parts.map(|(at, part)| if at == place { text } else { *part }).collect();
            Report::replace(&self.resource.node.range, quote(&format!("arn:{}", parts.join(":"))))
        });
        report.raise_with(code, self.resource.node.range.start, message, fix);
    }
}

/// `us-gov-west-1`: words and a number.
fn is_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    match words.as_slice() {
        [area, middle @ .., number] => {
            is_word(area)
                && !middle.is_empty()
                && middle.iter().all(is_word)
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    }
}
