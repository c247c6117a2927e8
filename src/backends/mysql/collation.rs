//! What a collation's name says about how it compares.

use crate::schema::Collation;

/// Attributes of a collation. Names follow rules in both products, so no catalog is needed: UCA 9.0.0
/// collations of MySQL and `nopad` ones of MariaDB count trailing blanks, all others ignore them.
pub(super) fn describe(name: &str) -> Collation {
    let lower = name.to_ascii_lowercase();
    let has = |part: &str| lower.split('_').any(|p| p == part);
    let binary = has("bin") || lower == "binary";
    let case_sensitive = binary || has("cs");
    // Without `as` or `ai` in its name, a case-sensitive collation tells accents apart and a `ci` one does not.
    let accent_sensitive = binary || has("as") || (has("cs") && !has("ai")) || lower == "latin1_general_ci";
    Collation {
        name: name.to_string(),
        case_sensitive,
        accent_sensitive,
        pad_space: !(has("0900") || has("nopad") || lower == "binary"),
        binary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell() {
        let flags = |name: &str| {
            let c = describe(name);
            (c.binary, c.case_sensitive, c.accent_sensitive, c.pad_space)
        };
        assert_eq!(flags("utf8mb4_bin"), (true, true, true, true));
        assert_eq!(flags("utf8mb4_0900_bin"), (true, true, true, false));
        assert_eq!(flags("utf8mb4_nopad_bin"), (true, true, true, false));
        assert_eq!(flags("utf8mb4_0900_ai_ci"), (false, false, false, false));
        assert_eq!(flags("utf8mb4_0900_as_cs"), (false, true, true, false));
        assert_eq!(flags("utf8mb4_general_ci"), (false, false, false, true));
        assert_eq!(flags("latin1_general_cs"), (false, true, true, true));
        assert_eq!(flags("utf8mb4_uca1400_nopad_as_ci"), (false, false, true, false));
    }
}
