//! JSON text, written straight into a string: a case has several documents, and building trees of them first would
//! cost more than deciding it.

/// An object or array that is being written; closing it is the writer's duty.
pub(crate) struct Json<'t> {
    text: &'t mut String,
    is_first: bool,
    end: char,
}

impl<'t> Json<'t> {
    pub(crate) fn object(text: &'t mut String) -> Self {
        text.push('{');
        Self { text, is_first: true, end: '}' }
    }

    pub(crate) fn array(text: &'t mut String) -> Self {
        text.push('[');
        Self { text, is_first: true, end: ']' }
    }

    fn separate(&mut self) {
        if !self.is_first {
            self.text.push(',');
        }
        self.is_first = false;
    }

    /// The place of the next element of an array.
    pub(crate) fn element(&mut self) -> &mut String {
        self.separate();
        self.text
    }

    /// The place of the value of a member.
    pub(crate) fn member(&mut self, name: &str) -> &mut String {
        self.separate();
        quote(self.text, name);
        self.text.push(':');
        self.text
    }

    pub(crate) fn close(self) {
        self.text.push(self.end);
    }
}

/// Writes a string.
pub(crate) fn quote(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
    text.push('"');
}

/// Writes a list of strings; a single one may stand without its brackets.
pub(crate) fn strings(text: &mut String, strings: &[String], alone: bool) {
    if let ([only], true) = (strings, alone) {
        quote(text, only);
        return;
    }
    let mut array = Json::array(text);
    for string in strings {
        quote(array.element(), string);
    }
    array.close();
}
