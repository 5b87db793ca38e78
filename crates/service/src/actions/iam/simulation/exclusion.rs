//! `PolicyExclusionList`: attached policies that a simulation leaves out, to see what taking them away would do.

use portcullis_base::{Arn, Value};

use super::super::identity::Attached;
use crate::error::ApiError;

/// What is left out.
pub struct Exclusions<'a>(Vec<Exclusion<'a>>);

enum Exclusion<'a> {
    Type(&'a str),
    Arn(&'a str),
    Inline { policy: &'a str, word: &'a str, owner: &'a str },
}

impl<'a> Exclusions<'a> {
    /// Reads the input.
    ///
    /// # Errors
    /// `InvalidInput` for an identifier that is not exactly one of its three forms, or has wildcards where none may be.
    pub fn of(input: &'a Value) -> Result<Self, ApiError> {
        input.list("PolicyExclusionList").iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an attached policy is left out.
    pub fn excludes(&self, policy: &Attached<'_>) -> bool {
        self.0.iter().any(|exclusion| match (exclusion, policy) {
            (Exclusion::Type(kind), Attached::Inline { .. }) => *kind == "inline",
            (Exclusion::Type(kind), Attached::Managed(policy)) => {
                let is_aws = policy.arn.starts_with("arn:aws:iam::aws:");
                *kind == if is_aws { "aws-managed" } else { "user-managed" }
            }
            (Exclusion::Arn(pattern), Attached::Managed(policy)) => fits(pattern, &policy.arn),
            (
                Exclusion::Inline { policy, word, owner },
                Attached::Inline { word: held, owner: of, name, .. },
            ) => policy == name && word == held && fits(owner, of),
            _ => false,
        })
    }

    /// Whether the attached boundary is left out.
    pub fn excludes_boundary(&self) -> bool {
        self.has("permission-boundary")
    }

    /// Whether service control policies are left out.
    pub fn excludes_scps(&self) -> bool {
        self.has("scp")
    }

    fn has(&self, wanted: &str) -> bool {
        self.0.iter().any(|exclusion| matches!(exclusion, Exclusion::Type(kind) if *kind == wanted))
    }
}

fn read(identifier: &Value) -> Result<Exclusion<'_>, ApiError> {
    let invalid = |what: &str| ApiError::invalid_input(format!("Invalid policy identifier: {what}."));
    let inline = identifier.member("InlinePolicyIdentifier");
    match (identifier.text("PolicyType"), identifier.text("PolicyArn"), inline) {
        (Some(kind), None, None) => Ok(Exclusion::Type(kind)),
        (None, Some(arn), None) => {
            let parsed: Option<Arn> = arn.parse().ok();
            let is_policy = parsed.is_some_and(|parsed| {
                let head = [parsed.partition(), parsed.service(), parsed.region(), parsed.account()];
                let is_plain = head.iter().all(|part| !part.contains(['*', '?']));
                is_plain && parsed.service() == "iam" && parsed.resource_after("policy/").is_some()
            });
            if !is_policy || arn.matches('*').count() > 1 {
                return Err(invalid(&format!("{arn} is not the ARN of managed policies")));
            }
            Ok(Exclusion::Arn(arn))
        }
        (None, None, Some(inline)) => {
            let part =
                |member: &str| inline.text(member).ok_or_else(|| invalid(&format!("it has no {member}")));
            let owner = part("AttachmentName")?;
            if owner.matches('*').count() > 1 {
                return Err(invalid("AttachmentName has more than one *"));
            }
            Ok(Exclusion::Inline { policy: part("PolicyName")?, word: part("AttachmentType")?, owner })
        }
        _ => Err(invalid("exactly one of PolicyType, PolicyArn and InlinePolicyIdentifier must be given")),
    }
}

/// Whether a text has a form with at most one `*`, and any number of `?`.
fn fits(pattern: &str, text: &str) -> bool {
    let same = |pattern: &str, text: &str| {
        pattern.chars().count() == text.chars().count()
            && pattern.chars().zip(text.chars()).all(|(wanted, held)| wanted == '?' || wanted == held)
    };
    let Some((before, behind)) = pattern.split_once('*') else { return same(pattern, text) };
    let (head, tail, all) = (before.chars().count(), behind.chars().count(), text.chars().count());
    let Some(middle) = all.checked_sub(head + tail) else { return false };
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(head + middle).collect();
    same(before, &start) && same(behind, &end)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn forms_have_one_star_and_any_number_of_question_marks() {
        for (pattern, text) in [("a*c", "abbc"), ("*", "x"), ("a*", "a"), ("?b?", "abc"), ("é*é", "éé")] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("ab*ba", "aba"), ("?", ""), ("abc", "abd"), ("a*", "b")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
