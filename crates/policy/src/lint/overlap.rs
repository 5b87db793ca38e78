//! Whether a pattern of a policy and the form of a type of resource have an ARN in common.
//!
//! Both may be open in places: the policy's `*`, `?` and variables, the form's `${BucketName}`. Neither is compared
//! with the other as text; what is asked is whether any text at all has both forms.

/// A piece of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Letter(char),
    /// Any one character.
    One,
    /// Any run of characters.
    Run,
    /// Any run without a slash: the name of a bucket, behind which an object's key begins.
    RunToSlash,
}

/// The last part of an ARN in a policy, made ready to be compared with many forms.
pub(crate) struct Wanted {
    pieces: Vec<Piece>,
    literal: String,
}

impl Wanted {
    /// Reads `*`, `?` and `${…}`.
    pub(crate) fn new(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let variable = rest.strip_prefix("${").and_then(|inside| inside.split_once('}'));
            if let Some((_, behind)) = variable {
                pieces.push(Piece::Run);
                rest = behind;
                continue;
            }
            pieces.push(match letter {
                '*' => Piece::Run,
                '?' => Piece::One,
                other => Piece::Letter(other),
            });
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
        let letters = pieces.iter().map_while(|piece| match piece {
            Piece::Letter(letter) => Some(*letter),
            _ => None,
        });
        Self { literal: letters.collect(), pieces }
    }

    /// Whether some text has this form and that of a type of resource.
    pub(crate) fn overlaps(&self, form: &str) -> bool {
        let fixed = form.split('$').next().unwrap_or_default();
        // Most forms begin with the name of their type, so that the beginnings decide most questions.
        let shared = fixed.len().min(self.literal.len());
        if fixed.as_bytes().get(..shared) != self.literal.as_bytes().get(..shared) {
            return false;
        }
        have_common_text(&self.pieces, &form_pieces(form))
    }
}

fn form_pieces(form: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = form;
    while let Some((before, behind)) = rest.split_once("${") {
        pieces.extend(before.chars().map(literal_of_form));
        let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
        pieces.push(if name == "BucketName" { Piece::RunToSlash } else { Piece::Run });
        rest = after;
    }
    pieces.extend(rest.chars().map(literal_of_form));
    pieces
}

/// A form may itself have a `*`.
fn literal_of_form(letter: char) -> Piece {
    if letter == '*' { Piece::Run } else { Piece::Letter(letter) }
}

/// Walks both at once; a cell of the line says that this much of the left and this much of the right can stand for the
/// same text.
fn have_common_text(left: &[Piece], right: &[Piece]) -> bool {
    let is_open = |piece: &Piece| matches!(piece, Piece::Run | Piece::RunToSlash);
    let mut line = vec![false; right.len() + 1];
    if let Some(first) = line.first_mut() {
        *first = true;
    }
    skip_open(&mut line, right);
    for piece in left {
        let mut next = vec![false; right.len() + 1];
        if is_open(piece) {
            // It stands for nothing, or for what the right has here.
            let mut reached = false;
            for (at, cell) in next.iter_mut().enumerate() {
                let taken = at.checked_sub(1).and_then(|at| right.get(at));
                let goes_on = reached && taken.is_none_or(|other| is_open(other) || agrees(*piece, *other));
                reached = goes_on || line.get(at) == Some(&true);
                *cell = reached;
            }
        } else {
            for (at, other) in right.iter().enumerate() {
                let here = line.get(at) == Some(&true);
                let target = if is_open(other) { at } else { at + 1 };
                if here
                    && agrees(*other, *piece)
                    && let Some(cell) = next.get_mut(target)
                {
                    *cell = true;
                }
            }
        }
        skip_open(&mut next, right);
        line = next;
    }
    line.last() == Some(&true)
}

/// An open piece of the right may stand for nothing.
fn skip_open(line: &mut [bool], right: &[Piece]) {
    for (at, piece) in right.iter().enumerate() {
        let is_open = matches!(piece, Piece::Run | Piece::RunToSlash);
        if is_open
            && line.get(at) == Some(&true)
            && let Some(cell) = line.get_mut(at + 1)
        {
            *cell = true;
        }
    }
}

/// Whether one piece can stand for a character that the other, which is not open, stands for.
fn agrees(piece: Piece, other: Piece) -> bool {
    match (piece, other) {
        (Piece::RunToSlash, Piece::Letter('/')) => false,
        (Piece::Letter(left), Piece::Letter(right)) => left == right,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_patterns_meet_where_a_text_has_both() {
        for (pattern, form, meets) in [
            ("data", "${BucketName}", true),
            ("data/*", "${BucketName}", false),
            ("data*", "${BucketName}", true),
            ("data", "${BucketName}/${ObjectName}", false),
            ("data/*", "${BucketName}/${ObjectName}", true),
            ("*", "${BucketName}/${ObjectName}", true),
            ("data*", "${BucketName}/${ObjectName}", true),
            ("user/${aws:username}", "user/${UserNameWithPath}", true),
            ("user/a/b", "user/${UserNameWithPath}", true),
            ("role/*", "user/${UserNameWithPath}", false),
            ("*/x", "user/${UserNameWithPath}", true),
            ("us?r/x", "user/${UserNameWithPath}", true),
            ("us?/x", "user/${UserNameWithPath}", false),
            ("*r/*", "user/${UserNameWithPath}", true),
            ("root", "user/${UserNameWithPath}", false),
            ("", "${BucketName}", true),
            ("a*b*c", "${A}x${B}", true),
            ("abc", "${A}x${B}", false),
            ("log-group:x:log-stream:y", "log-group:${LogGroupName}:log-stream:${LogStreamName}", true),
        ] {
            assert_eq!(Wanted::new(pattern).overlaps(form), meets, "{pattern} and {form}");
        }
    }
}
