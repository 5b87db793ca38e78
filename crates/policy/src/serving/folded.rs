//! Texts that are compared without regard to case: folded once when the policy is made ready.

use smallvec::SmallVec;

use super::hash;
use super::table::Table;
use super::view::View;
use crate::condition::Operand;
use crate::variable::Template;

/// The texts of a condition.
#[derive(Debug, Clone)]
pub(super) struct Folded {
    /// In lower case.
    texts: Box<[Box<str>]>,
    /// Their places by their hashes.
    by_hash: Table,
    /// Those that a request fills in.
    templates: Box<[Template]>,
    /// What every session of a role begins with, in its own case.
    prefixes: Box<[Box<str>]>,
}

impl Folded {
    pub(super) fn new(operands: &[Operand]) -> Self {
        let mut texts: Vec<Box<str>> = Vec::new();
        let (mut templates, mut prefixes) = (Vec::new(), Vec::new());
        for operand in operands {
            match operand {
                Operand::Text(template) => match template.fixed_text() {
                    Some(text) => texts.push(Box::from(text.to_lowercase())),
                    None => templates.push(template.clone()),
                },
                Operand::RoleSessions(prefix) => prefixes.push(Box::from(prefix.as_str())),
                _ => {}
            }
        }
        let pairs = texts.iter().zip(0_u32..).map(|(text, place)| (hash::of(text.as_bytes()), place));
        Self {
            by_hash: Table::new(pairs.collect()),
            texts: texts.into(),
            templates: templates.into(),
            prefixes: prefixes.into(),
        }
    }

    /// Whether the text is one of them.
    pub(super) fn holds(&self, text: &str, view: &View<'_>) -> bool {
        self.is_fixed(text)
            || self.prefixes.iter().any(|prefix| text.starts_with(&**prefix))
            || self.templates.iter().any(|template| {
                template
                    .text_with(&|name| view.text_of(name))
                    .is_some_and(|held| held.to_lowercase() == text.to_lowercase())
            })
    }

    fn is_fixed(&self, text: &str) -> bool {
        if self.by_hash.is_empty() {
            return false;
        }
        let mut folded: SmallVec<[u8; 128]> = SmallVec::new();
        if text.is_ascii() {
            folded.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
        } else {
            folded.extend_from_slice(text.to_lowercase().as_bytes());
        }
        let mut found = self.by_hash.find(hash::of(&folded)).iter();
        found.any(|place| {
            self.texts.get(*place as usize).is_some_and(|held| held.as_bytes() == folded.as_slice())
        })
    }
}
