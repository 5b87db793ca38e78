//! Small rooms: files under 400 lines, functions under 70.

use super::Source;

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// Files and functions that are too long.
pub fn breaches(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in sources {
        let is_code = ["rs", "py", "ts", "tsx"].iter().any(|kind| source.is(kind));
        if !is_code {
            continue;
        }
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            breaches.push(format!("{}: {lines} lines; a room has at most {FILE_LINES_MAX}", source.path));
        }
        if source.is("rs") {
            breaches.extend(long_functions(source));
        }
    }
    breaches
}

/// Formatted code closes a function with a brace at the function's own indentation.
fn long_functions(source: &Source) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut open: Vec<(usize, usize, String)> = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let code = line.trim_start();
        if let Some(name) = function_name(code)
            && !code.ends_with(';')
            && !code.ends_with('}')
        {
            open.push((indent, number, name));
        } else if code == "}" || code == ");" || code == "};" {
            while let Some((held, _, _)) = open.last()
                && *held >= indent
            {
                if let Some((held, start, name)) = open.pop()
                    && held == indent
                    && number - start + 1 > FUNCTION_LINES_MAX
                {
                    let length = number - start + 1;
                    breaches.push(format!("{}:{}: {name} has {length} lines", source.path, start + 1));
                }
            }
        }
    }
    breaches
}

fn function_name(code: &str) -> Option<String> {
    let (before, rest) = code.split_once("fn ")?;
    let is_signature = before.split_whitespace().all(|word| {
        matches!(word, "pub" | "async" | "const" | "unsafe") || word.starts_with("pub(") || word == "default"
    });
    if !is_signature {
        return None;
    }
    let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_function_is_found() {
        let body = "    let x = 1;\n".repeat(70);
        let text =
            format!("impl A {{\n    pub async fn long() {{\n{body}    }}\n\n    fn short() {{\n    }}\n}}\n");
        let source = Source { path: "x.rs".to_owned(), text };
        assert_eq!(long_functions(&source), ["x.rs:2: long has 72 lines"]);
    }
}
