//! The name that somebody meant: the one that fewest single-letter slips turn into what was written.

/// The nearest of these names, without regard to case; none where even that would take too many slips.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let written: Vec<u8> = name.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    // A slip for every four letters; short words have one, or anything would be like anything.
    let mut limit = (written.len() / 4).clamp(1, 3);
    let mut best = None;
    for candidate in names {
        if candidate.len().abs_diff(written.len()) > limit {
            continue;
        }
        let meant: Vec<u8> = candidate.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
        let slips = slips(&written, &meant, limit);
        if slips <= limit {
            if slips == 0 {
                return Some(candidate);
            }
            // From now on only what is nearer still.
            limit = slips - 1;
            best = Some(candidate);
        }
        if limit == 0 && best.is_some() {
            break;
        }
    }
    best
}

/// Letters to add, drop, change or swap with their neighbour; anything above the limit once it is passed.
fn slips(written: &[u8], meant: &[u8], limit: usize) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=meant.len()).collect();
    let mut previous_letter = None;
    for (row, &letter) in written.iter().enumerate() {
        let mut current = Vec::with_capacity(meant.len() + 1);
        current.push(row + 1);
        let mut smallest = row + 1;
        for (column, &wanted) in meant.iter().enumerate() {
            let cell = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX / 2);
            let change = cell(&last, column) + usize::from(letter != wanted);
            let mut cost = change.min(cell(&last, column + 1) + 1).min(cell(&current, column) + 1);
            let is_swap = column > 0
                && previous_letter == Some(wanted)
                && column.checked_sub(1).and_then(|at| meant.get(at)) == Some(&letter);
            if let (true, Some(before)) = (is_swap, column.checked_sub(1)) {
                cost = cost.min(cell(&before_last, before) + 1);
            }
            smallest = smallest.min(cost);
            current.push(cost);
        }
        if smallest > limit {
            return limit + 1;
        }
        before_last = std::mem::replace(&mut last, current);
        previous_letter = Some(letter);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_forgiven_and_other_words_are_not() {
        let names = || ["GetObject", "GetObjectAcl", "PutObject", "ListBucket"].into_iter();
        for (written, meant) in [
            ("GetObjct", Some("GetObject")),
            ("getobejct", Some("GetObject")),
            ("GetObjectACL", Some("GetObjectAcl")),
            ("ListBuckets", Some("ListBucket")),
            ("DeleteEverything", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, names()), meant, "{written}");
        }
    }
}
