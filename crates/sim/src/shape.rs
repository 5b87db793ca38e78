//! Wildcards and variables in every place of a text, and texts that almost match.

use crate::dice::Dice;

/// A pattern that the text has: itself, a beginning, an end, a middle, a `?`, two stars.
pub(crate) fn like(dice: &mut Dice, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = dice.below(letters.len() + 1);
    let (head, tail) = letters.split_at_checked(at).unwrap_or((&letters, &[]));
    let text_of = |letters: &[char]| -> String { letters.iter().collect() };
    match dice.below(10) {
        0 => "*".to_owned(),
        1 | 2 => text_of(head) + "*",
        3 => "*".to_owned() + &text_of(tail),
        4 => {
            let (gap, end) = tail.split_at_checked(dice.below(tail.len() + 1)).unwrap_or((tail, &[]));
            let _ = gap;
            text_of(head) + "*" + &text_of(end)
        }
        5 if !tail.is_empty() => text_of(head) + "?" + &text_of(tail.get(1..).unwrap_or_default()),
        6 => {
            let inner = tail.get(..tail.len().min(3)).unwrap_or_default();
            "*".to_owned() + &text_of(inner) + "*"
        }
        // A star for nothing at all.
        7 => text_of(head) + "*" + &text_of(tail),
        _ => text.to_owned(),
    }
}

/// A text that differs a little: one letter more, one less, another case, a `?` too many.
pub(crate) fn near(dice: &mut Dice, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    match dice.below(6) {
        0 => letters.push('x'),
        1 if !letters.is_empty() => {
            letters.pop();
        }
        2 => {
            let at = dice.below(letters.len());
            if let Some(letter) = letters.get_mut(at) {
                *letter = other_case(*letter);
            }
        }
        3 => letters.push('?'),
        4 => letters.insert(0, '?'),
        _ => {
            let at = dice.below(letters.len());
            if let Some(letter) = letters.get_mut(at) {
                *letter = if *letter == 'q' { 'w' } else { 'q' };
            }
        }
    }
    letters.into_iter().collect()
}

fn other_case(letter: char) -> char {
    if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
}

/// The text in another case, here and there.
pub(crate) fn recased(dice: &mut Dice, text: &str) -> String {
    text.chars().map(|letter| if dice.percent(30) { other_case(letter) } else { letter }).collect()
}

/// The part of an ARN behind its fifth colon, and what stands before.
pub(crate) fn split_arn(arn: &str) -> Option<(&str, &str)> {
    let at = arn.match_indices(':').nth(4).map(|(at, _)| at + 1)?;
    arn.split_at_checked(at)
}

/// An ARN pattern that the ARN has; with `whole`, the service's name stays as it is, as in a Resource element.
pub(crate) fn arn_like(dice: &mut Dice, arn: &str, whole: bool) -> String {
    let Some((head, name)) = split_arn(arn) else { return like(dice, arn) };
    if dice.percent(8) {
        return "*".to_owned();
    }
    let mut head = head.to_owned();
    if dice.percent(25) {
        let parts: Vec<&str> = head.trim_end_matches(':').split(':').collect();
        if let [start, partition, service, region, account] = parts.as_slice() {
            let star = |dice: &mut Dice, part: &str, chance: usize| {
                if dice.percent(chance) { like(dice, part) } else { part.to_owned() }
            };
            let partition = star(dice, partition, 15);
            let service = if whole { (*service).to_owned() } else { star(dice, service, 10) };
            let (region, account) = (star(dice, region, 40), star(dice, account, 40));
            head = format!("{start}:{partition}:{service}:{region}:{account}:");
        }
    }
    head + &like(dice, name)
}

/// An ARN pattern that the ARN has only almost.
pub(crate) fn arn_near(dice: &mut Dice, arn: &str) -> String {
    let Some((head, name)) = split_arn(arn) else { return near(dice, arn) };
    if dice.percent(20) {
        // A star that would have to reach over a colon.
        let parts: Vec<&str> = head.split(':').collect();
        if let [_, _, service, region, account, _] = parts.as_slice() {
            return match dice.below(3) {
                0 => format!("arn:aws:{service}:*:{name}:{name}"),
                1 => format!("arn:aws:{service}:{region}x:{account}:{name}"),
                _ => format!("arn:aws:{service}:{region}:999988887777:{name}"),
            };
        }
    }
    head.to_owned() + &near(dice, name)
}

/// Variables and the text they stand for in this request.
pub(crate) struct Known<'a> {
    pub(crate) key: &'a str,
    pub(crate) text: &'a str,
}

/// The text with a variable in place of a part: one that has this value, one with a default, one that has neither,
/// or one of the fixed ones. What has no place for one stays as it is.
pub(crate) fn with_variable(dice: &mut Dice, text: &str, known: &[Known<'_>]) -> String {
    let fitting: Vec<&Known<'_>> =
        known.iter().filter(|known| !known.text.is_empty() && text.contains(known.text)).collect();
    let at = dice.below(fitting.len().max(1));
    if let Some(known) = fitting.get(at).filter(|_| dice.percent(70)) {
        let key = if dice.percent(15) { recased(dice, known.key) } else { known.key.to_owned() };
        let variable = if dice.percent(15) { format!("${{{key}, 'other'}}") } else { format!("${{{key}}}") };
        return text.replacen(known.text, &variable, 1);
    }
    // A whole word between slashes becomes a default, or the value of nothing.
    let word = text.split(['/', ':']).next_back().unwrap_or_default();
    let stem = text.strip_suffix(word).unwrap_or_default();
    match dice.below(8) {
        0..=2 => format!("{stem}${{aws:PrincipalTag/none, '{}'}}", word.replace(['\'', '{', '}'], "")),
        3 => format!("{stem}${{aws:PrincipalTag/none}}"),
        4 => format!("{stem}${{*}}"),
        5 => format!("{}${{?}}", text.trim_end_matches('?')),
        6 => format!("{stem}${{$}}{word}"),
        _ => format!("{stem}${{aws:PrincipalTag/team, 'it}}s'}}*"),
    }
}
