//! Subjects: names in tokens, where a pattern may have `*` for one token and `>` for all further ones.

/// Whether a pattern takes some message that goes to a subject, which may be a pattern itself.
pub(super) fn meets(pattern: &str, subject: &str) -> bool {
    let (mut pattern, mut subject) = (pattern.split('.'), subject.split('.'));
    loop {
        match (pattern.next(), subject.next()) {
            (None, None) => return true,
            (Some(">"), Some(_)) | (Some(_), Some(">")) => return true,
            (Some(one), Some(other)) if one == other || one == "*" || other == "*" => {}
            _ => return false,
        }
    }
}

/// Whether a text can be the subject of one message.
pub(super) fn is_plain(subject: &str) -> bool {
    subject.split('.').all(|token| !token.is_empty() && token != "*" && token != ">")
        && !subject.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_meet_subjects() {
        let check = |pattern: &str, subject: &str, expected: bool| {
            assert_eq!(meets(pattern, subject), expected, "{pattern} and {subject}");
        };
        check("a.b", "a.b", true);
        check("a.b", "a.c", false);
        check("a.*", "a.c", true);
        check("a.*", "a.c.d", false);
        check("a.>", "a.c.d", true);
        check("a.>", "a", false);
        check(">", "a", true);
        check("a", "a.b", false);
        assert!(
            is_plain("a.b") && !is_plain("a.*") && !is_plain("a..b") && !is_plain("a b") && !is_plain("")
        );
    }
}
