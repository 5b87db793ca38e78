//! Ids of an organization's parts, and what a file's name says of what the file is about.

use portcullis_base::AccountId;

/// Ids: a letter or two, a hyphen, and so many letters and digits.
pub fn is_id(text: &str, prefix: &str, least: usize, most: usize) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        (least..=most).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// `ou-…-…`
pub fn is_unit(text: &str) -> bool {
    let parts = text.strip_prefix("ou-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(root, own)| is_id(root, "", 4, 32) && is_id(own, "", 8, 32))
}

/// `r-…`
pub fn is_root(text: &str) -> bool {
    is_id(text, "r-", 4, 32)
}

/// `p-…`
pub fn is_policy(text: &str) -> bool {
    // The API reference of Organizations, `PolicyId`; AWS's own have names.
    text.strip_prefix("p-").is_some_and(|rest| {
        (8..=128).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// `rp-…`
pub fn is_delegation(text: &str) -> bool {
    // The API reference of Organizations, `ResourcePolicyId`.
    text.strip_prefix("rp-").is_some_and(|rest| {
        (4..=128).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// What of an organization can have tags.
pub const TAGGED: [fn(&str) -> bool; 5] = [is_unit, is_root, is_policy, is_delegation, is_account];

/// Twelve digits.
pub fn is_account(text: &str) -> bool {
    text.parse::<AccountId>().is_ok()
}

/// The id in a file's name that is of one of these kinds: the first that stands between other characters than letters
/// and digits.
pub fn named(file: &str, kinds: &[fn(&str) -> bool]) -> Option<String> {
    named_from(0, file_name(file), kinds).map(|(id, _)| id)
}

/// The same where the name has no other id of these kinds.
pub fn named_alone(file: &str, kinds: &[fn(&str) -> bool]) -> Option<String> {
    let file = file_name(file);
    let (id, mut end) = named_from(0, file, kinds)?;
    while let Some((other, next)) = named_from(end, file, kinds) {
        if other != id {
            return None;
        }
        end = next;
    }
    Some(id)
}

fn file_name(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// The first id from there on, and where it ends.
fn named_from(from: usize, file: &str, kinds: &[fn(&str) -> bool]) -> Option<(String, usize)> {
    let bytes = file.as_bytes();
    let starts = (from..bytes.len()).filter(|at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        before.is_none_or(|byte| !byte.is_ascii_alphanumeric())
    });
    for start in starts {
        let rest = file.get(start..).unwrap_or_default();
        // A unit's id has two hyphens, the others' one, an account's none: the longest first.
        for hyphens in [2, 1, 0] {
            let mut seen = 0;
            let end = rest.bytes().position(|byte| {
                seen += usize::from(byte == b'-');
                !(byte.is_ascii_alphanumeric() || byte == b'-' && seen <= hyphens)
            });
            let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if kinds.iter().any(|is_kind| is_kind(word)) {
                return Some((word.to_owned(), start + word.len()));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_a_file_s_name_stands_alone() {
        let kinds: &[fn(&str) -> bool] = &[is_unit, is_root, is_policy, is_account];
        for (file, id) in [
            ("list-accounts-for-parent-r-ab12.json", Some("r-ab12")),
            ("accounts/ou-ab12-cdefgh34.json", Some("ou-ab12-cdefgh34")),
            ("targets_for-p-FullAWSAccess-1.json", Some("p-FullAWSAccess")),
            ("policies-111122223333.json", Some("111122223333")),
            ("targets_of_p-abcd1234_more.json", Some("p-abcd1234")),
            ("list-accounts-for-parent.json", None),
            ("1111222233334.json", None),
            ("111122223333/list-policies.json", None),
            ("xp-abcdefgh.json", None),
            ("é-r-ab12.json", Some("r-ab12")),
        ] {
            assert_eq!(named(file, kinds).as_deref(), id, "{file}");
        }
    }

    #[test]
    fn tags_are_of_what_a_file_s_name_names_alone() {
        for (file, id) in [
            ("tags-ou-ab12-111122223333.json", Some("ou-ab12-111122223333")),
            ("111122223333/tags-r-ab12.json", Some("r-ab12")),
            ("tags-p-abcd1234.json", Some("p-abcd1234")),
            ("rp-ab12.json", Some("rp-ab12")),
            ("111122223333.of.111122223333.json", Some("111122223333")),
            ("111122223333-tags-ou-ab12-cdefgh34.json", None),
            ("tags.json", None),
        ] {
            assert_eq!(named_alone(file, &TAGGED).as_deref(), id, "{file}");
        }
    }
}
