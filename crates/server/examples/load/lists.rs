//! Lists: a page far behind must not cost more than the first.

use std::time::Duration;

use crate::client::Client;
use crate::common::Failure;
use crate::common::connection::Answer;
use crate::data::Sizes;
use crate::report::{Report, median};

/// Items on a page.
const PAGES: [usize; 2] = [100, 1000];
/// How much more than the first page another may take before it counts as more: measurements of the same page differ.
const TOLERANCE: f64 = 1.25;
/// The same for pages that take next to nothing.
const TOLERANCE_LEAST: Duration = Duration::from_micros(300);

struct List {
    action: &'static str,
    /// One of them stands in each item.
    id: &'static str,
}

const LISTS: [List; 3] = [
    List { action: "ListUsers", id: "UserId" },
    List { action: "ListRoles", id: "RoleId" },
    List { action: "ListPolicies", id: "PolicyId" },
];

/// Walks through each list, and then asks again and again for its first, middle and last page.
///
/// # Errors
/// When a list is not what was written.
pub async fn measure(
    root: &mut Client,
    sizes: &Sizes,
    asks: u32,
    report: &mut Report,
) -> Result<(), Failure> {
    let counts = [sizes.users, sizes.roles, sizes.policies.max(1)];
    for (list, wanted) in LISTS.iter().zip(counts) {
        for items in PAGES {
            let pages = walk(root, list, items, wanted).await?;
            let places = [0, pages.len() / 2, pages.len().saturating_sub(1)];
            let mut times = [const { Vec::new() }; 3];
            for _ in 0..asks {
                // One after the other, so that all meet the same machine.
                for (place, times) in places.iter().zip(&mut times) {
                    let marker = pages.get(*place).and_then(Option::as_deref);
                    times.push(page(root, list, items, marker).await?.took());
                }
            }
            let [first, middle, last] = times.map(|mut times| median(&mut times));
            let bound = first.mul_f64(TOLERANCE).max(first + TOLERANCE_LEAST);
            let title = format!("{} by {items}", list.action);
            crate::report::note(
                &format!("{title}: first page of {}", pages.len()),
                &crate::common::figures::shown(first),
            );
            report.duration(&format!("{title}: middle page"), middle, bound);
            report.duration(&format!("{title}: last page"), last, bound);
        }
    }
    Ok(())
}

/// The markers of all pages; the first has none.
async fn walk(
    root: &mut Client,
    list: &List,
    items: usize,
    wanted: usize,
) -> Result<Vec<Option<String>>, Failure> {
    let mut markers = vec![None];
    let mut seen = 0;
    loop {
        let marker: Option<String> = markers.last().cloned().flatten();
        let answer = page(root, list, items, marker.as_deref()).await?;
        let count = count(&answer, list.id);
        seen += count;
        if answer.element("IsTruncated") == Some("false") {
            break;
        }
        if count != items {
            return Err(format!("{}: a page of {items} had {count} items", list.action).into());
        }
        markers.push(Some(
            answer.element("Marker").ok_or("a page says that there are more, and not where")?.to_owned(),
        ));
    }
    if seen == wanted {
        return Ok(markers);
    }
    Err(format!("{} told of {seen} and not of {wanted}", list.action).into())
}

async fn page(root: &mut Client, list: &List, items: usize, marker: Option<&str>) -> Result<Answer, Failure> {
    let items = items.to_string();
    let mut parameters = vec![("PathPrefix", "/"), ("MaxItems", items.as_str())];
    if list.action == "ListPolicies" {
        parameters.push(("Scope", "Local"));
    }
    parameters.extend(marker.map(|marker| ("Marker", marker)));
    root.done(list.action, &parameters).await
}

/// How many elements of a name there are.
fn count(answer: &Answer, name: &str) -> usize {
    answer.text.matches(&format!("<{name}>")).count()
}
