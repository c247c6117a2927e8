//! What errors show, and what they must not.

use super::error::{Error, ErrorKind};

#[test]
fn no_line_is_forged() {
    let error =
        Error::new(ErrorKind::Read, "a\nerror: b").object("t\u{1b}[2J").help("1\n2\r3").caused_by("c\nerror: d");
    let lines = error.render();
    assert_eq!(lines.lines().count(), 4, "{lines}");
    assert!(!lines.contains(['\u{1b}', '\r']), "{lines}");
}

#[test]
fn secrets_are_taken_out_wherever_they_stand() {
    let error = || {
        Error::new(ErrorKind::Connect, "a s3cret! b").object("s3cret!").help("x s3cret!").caused_by("denied: s3cret!")
    };
    let text = error().without(&["s3cret!", ""]).render();
    assert_eq!(text, "error: ***: a *** b\n  cause: denied: ***\n  help: x ***");
    assert_eq!(error().without(&["a"]).render(), error().render());
}
