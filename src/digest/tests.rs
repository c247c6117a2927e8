//! Canonical forms: equal for twins, different for different values.

use super::*;
use proptest::prelude::*;

fn form(canon: Canon, cell: Cell<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    canonical(canon, cell, &mut out).unwrap();
    out
}

#[test]
fn twins_are_equal() {
    let int = |cell| form(Canon::Int, cell);
    assert_eq!(int(Cell::Bool(true)), int(Cell::I64(1)));
    assert_eq!(int(Cell::U64(u64::MAX)), int(Cell::Decimal("18446744073709551615")));
    assert_eq!(int(Cell::Bits(&[0x80], 1)), int(Cell::I64(1)));
    let decimal = |text| form(Canon::Decimal, Cell::Decimal(text));
    assert_eq!(decimal("-0.00"), decimal("0"));
    assert_eq!(decimal("00.50"), decimal(".5"));
    assert_eq!(form(Canon::Decimal, Cell::I64(-7)), decimal("-7.000"));
    // Short, long, and as short as the text of another spelling of the same value.
    assert_eq!(decimal("1234.56000000"), decimal("001234.560"));
    assert_eq!(decimal("12345678.50000000000000"), decimal("12345678.5"));
    assert_eq!(decimal("100.00000"), decimal("100"));
    assert_eq!(decimal("123456789012345678901.50"), decimal("0123456789012345678901.5"));
    assert_eq!(form(Canon::Decimal, Cell::I64(1_000_000_000)), decimal("1000000000.0000"));
    let uuid = *b"\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef";
    assert_eq!(
        form(Canon::Uuid, Cell::Uuid(uuid)),
        form(Canon::Uuid, Cell::Text("01234567-89ab-cdef-0123-456789ABCDEF"))
    );
    assert_eq!(form(Canon::PaddedText, Cell::Text("a  ")), form(Canon::PaddedText, Cell::Text("a")));
    assert_eq!(form(Canon::Float8, Cell::F64(-0.0)), form(Canon::Float8, Cell::F32(0.0)));
}

#[test]
fn different_values_differ() {
    let pairs: [(Canon, Cell<'_>, Cell<'_>); 11] = [
        (Canon::Text, Cell::Null, Cell::Text("")),
        (Canon::Text, Cell::Text("a"), Cell::Text("a ")),
        (Canon::Text, Cell::Text("a"), Cell::Text("A")),
        (Canon::Decimal, Cell::Decimal("1.0"), Cell::Decimal("10")),
        (Canon::Decimal, Cell::Decimal("12.3"), Cell::Decimal("1.23")),
        (Canon::Decimal, Cell::Decimal("-1"), Cell::Decimal("1")),
        (Canon::Decimal, Cell::Decimal("1000000000"), Cell::Decimal("100000000")),
        (Canon::Decimal, Cell::Decimal("10000000.1"), Cell::Decimal("1000000.01")),
        (Canon::Decimal, Cell::Decimal("1234567890.12345"), Cell::Decimal("1234567890.123456789")),
        (Canon::Timestamp, Cell::Timestamp(0, 1), Cell::Timestamp(0, 2)),
        (Canon::Bits, Cell::Bits(&[0x80], 1), Cell::Bits(&[0x80], 2)),
    ];
    for (canon, a, b) in pairs {
        assert_ne!(form(canon, a), form(canon, b), "{canon:?}");
    }
}

#[test]
fn cells_do_not_run_together() {
    let row = |cells: &[Cell<'_>]| {
        let canons = [Canon::Text; 2];
        let mut digest = Digest::new(&canons, Discard::default());
        cells.iter().for_each(|c| digest.cell(*c).unwrap());
        digest.end_row().unwrap();
        digest.sum
    };
    assert_ne!(row(&[Cell::Text("ab"), Cell::Text("c")]), row(&[Cell::Text("a"), Cell::Text("bc")]));
    assert_ne!(row(&[Cell::Text("a"), Cell::Null]), row(&[Cell::Null, Cell::Text("a")]));
}

#[test]
fn duplicates_count() {
    let mut once = Sum::default();
    once.add(7);
    let mut twice = once;
    twice.add(7);
    twice.add(7);
    assert_ne!(once, twice);
    assert_ne!(once.hash, twice.hash);
}

proptest! {
    /// The form in registers is that of the general way, whatever zeros a spelling has.
    #[test]
    fn one_form_for_every_spelling(sign in "-?", lead in "0{0,3}", whole in "[0-9]{0,12}", fraction in "(\\.[0-9]{0,10}0{0,4})?") {
        let text = format!("{sign}{lead}{whole}{fraction}");
        let trimmed = match text.split_once('.') {
            Some((whole, fraction)) => format!("{whole}.{}", fraction.trim_end_matches('0')),
            None => text.clone(),
        };
        let mut general = Vec::new();
        form::put_any_decimal(text.as_bytes(), &mut general);
        prop_assert_eq!(&form(Canon::Decimal, Cell::Decimal(&text)), &general);
        prop_assert_eq!(&form(Canon::Decimal, Cell::Decimal(trimmed.trim_end_matches('.'))), &general);
    }
}
