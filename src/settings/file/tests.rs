//! The file readers against good and bad files.

use super::*;

/// `key=value@line` of every scalar, lists and maps flattened.
fn flat(node: &Node, path: &str, out: &mut Vec<String>) {
    match &node.kind {
        Kind::Null => out.push(format!("{path}=null@{}", node.line)),
        Kind::Scalar(text) => out.push(format!("{path}={}@{}", text.expose(), node.line)),
        Kind::List(nodes) => nodes.iter().for_each(|n| flat(n, &format!("{path}[]"), out)),
        Kind::Map(entries) => entries.iter().for_each(|e| flat(&e.value, &format!("{path}.{}", e.key), out)),
    }
}

fn show(parsed: Result<Node, FileFault>) -> Result<String, String> {
    let mut out = Vec::new();
    parsed.map_err(|e| format!("{}: {}", e.line, e.what)).map(|node| {
        flat(&node, "", &mut out);
        out.join(" ")
    })
}

#[test]
fn yaml() {
    let good = [
        ("", "=null@1"),
        ("a: 1\nb: 0123\nc: 1.50\n", ".a=1@1 .b=0123@2 .c=1.50@3"),
        ("a: True\nb: ~\nc:\nd: ''\n", ".a=True@1 .b=null@2 .c=null@3 .d=@4"),
        ("a: &x s\nb: *x\n", ".a=s@1 .b=s@2"),
        ("l:\n- 1\n- {m: n}\n", ".l[]=1@2 .l[].m=n@3"),
        ("p: |\n  line\n", ".p=line\n@2"),
        ("p: !!str 12\n", ".p=12@1"),
    ];
    for (text, expected) in good {
        assert_eq!(show(super::yaml::parse(text)).as_deref(), Ok(expected), "{text}");
    }
    let bad = [
        ("a: 1\na: 2\n", "2: `a` stands twice in the same map"),
        ("a: 1\n---\nb: 2\n", "2: the file holds several YAML documents"),
        ("a: !vault x\n", "1: a value has a tag that is not read"),
        ("? [a]\n: 1\n", "1: a key of a map is not a name"),
    ];
    for (text, expected) in bad {
        assert_eq!(show(super::yaml::parse(text)), Err(expected.to_string()), "{text}");
    }
    for text in ["a: \"x", "a: 'c4n4ry\nb: [", "a:\n\tb: 1\nc: [\t", "a: b: c", "*x", "a: &x [*x]"] {
        let error = show(super::yaml::parse(text)).expect_err(text);
        assert!(!error.contains("c4n4ry"), "{error}");
    }
}

#[test]
fn json() {
    let good = [
        ("", "=null@1"),
        ("{\n\"a\": \"x\",\n\"b\": 1.50, \"c\": [true,\nnull]}", ".a=x@2 .b=1.50@3 .c[]=true@3 .c[]=null@4"),
        ("{\t\"a\":\t\"\\ud83d\\ude00\\/\"}", ".a=😀/@1"),
    ];
    for (text, expected) in good {
        assert_eq!(show(super::json::parse(text)).as_deref(), Ok(expected), "{text}");
    }
    let duplicate = show(super::json::parse("{\"a\":1,\n\"a\":2}"));
    assert_eq!(duplicate, Err("2: `a` stands twice in the same map".to_string()));
    for text in
        ["{\"a\": canary}", "{\"a\": \"canary}", "{\"a\":1,}", "{\n\"a\": \"\\ud800canary\"}", "{} {}", "{'a':1}"]
    {
        let error = show(super::json::parse(text)).expect_err(text);
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn toml() {
    let text = "a = \"x\"\nb = 1_000\n\n[t.\"u.v\"]\nc = true\nl = ['p',\n 'q']\n";
    let expected = ".a=x@1 .b=1000@2 .t.u.v.c=true@5 .t.u.v.l[]=p@6 .t.u.v.l[]=q@7";
    assert_eq!(show(super::toml::parse(text)).as_deref(), Ok(expected));
    for text in ["a = canary", "a = 'canary", "a = 1\na = 2", "[a", "a"] {
        let error = show(super::toml::parse(text)).expect_err(text);
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn limits() {
    let deep = "- ".repeat(100_000);
    assert!(show(super::yaml::parse(&deep)).expect_err("deep").contains("nested deeper"));
    let deep = "[".repeat(100);
    assert!(show(super::yaml::parse(&deep)).expect_err("deep").contains("nested deeper"));
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(show(super::json::parse(&deep)).expect_err("deep").contains("nested deeper"));
    assert!(show(super::json::parse(&"[".repeat(100_000))).is_err());
    assert!(show(super::toml::parse(&format!("a = {}", "[".repeat(100_000)))).is_err());
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for i in 1..20 {
        let alias = vec![format!("*a{}", i - 1); 9].join(",");
        bomb.push_str(&format!("a{i}: &a{i} [{alias}]\n"));
    }
    assert!(show(super::yaml::parse(&bomb)).expect_err("bomb").contains("more than"));
}

#[test]
fn encodings() {
    assert_eq!(decode(b"\xEF\xBB\xBFa: 1"), Ok("a: 1"));
    for (bytes, line) in
        [(&b"\xFF\xFEa\0"[..], 0), (b"\xFE\xFF\0a", 0), (b"a\0:\0", 1), (b"a: 1\nb: \0", 2), (b"a\nb\n\xC3(", 3)]
    {
        assert_eq!(decode(bytes).map_err(|e| e.line), Err(line), "{bytes:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "[a-b:\\-\\?&*!|>'\"{}\\[\\],#\\\\ \n\t=é]{0,60}") {
        for parse in [super::yaml::parse, super::json::parse, super::toml::parse] {
            let _ = parse(&text);
        }
    }
}
