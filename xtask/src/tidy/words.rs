//! Leftovers: notes to oneself, switched-off tests, paths of somebody's machine.

use super::Source;

/// What no file holds. Written in two halves so that this file does not hold it either.
const NEVER: &[(&str, &str)] = &[
    ("TO", "DO"),
    ("FIX", "ME"),
    ("XX", "X:"),
    ("todo", "!("),
    ("unimplemented", "!("),
    ("dbg", "!("),
    ("#[ig", "nore]"),
    ("pytest.mark.sk", "ip"),
    ("pytest.sk", "ip("),
    ("/ro", "ot/."),
    ("/wo", "rk/"),
];

/// Places where one of them stands.
pub fn breaches(sources: &[Source]) -> Vec<String> {
    let words: Vec<String> = NEVER.iter().map(|(head, tail)| format!("{head}{tail}")).collect();
    let mut breaches = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(word.as_str())) {
                breaches.push(format!("{}:{}: `{word}` is a leftover", source.path, number + 1));
            }
        }
    }
    breaches
}
