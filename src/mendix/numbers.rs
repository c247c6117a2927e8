//! Where an autonumber goes on, from all places that may hold its position.

use std::collections::BTreeMap;

/// An autonumber: an attribute whose values the runtime numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoNumber {
    /// Identifier of the attribute.
    pub attribute: String,
    /// Name of its sequence.
    pub sequence: String,
    /// Table and column that hold its values, if the runtime knows them.
    pub place: Option<(String, String)>,
    /// First value.
    pub start: i128,
    /// Last value given, where the runtime keeps it in the row.
    pub current: Option<i128>,
}

impl AutoNumber {
    /// The next value: above everything that was given, by whichever place. `sequence` is the next value of the
    /// database's own sequence, `highest` the highest value in use.
    pub fn next(&self, sequence: Option<i128>, highest: Option<i128>) -> i128 {
        let after = |value: Option<i128>| value.map(|value| value.saturating_add(1));
        let places = [sequence, after(self.current), after(highest)];
        places.into_iter().flatten().fold(self.start, i128::max)
    }
}

/// The last value of each autonumber, by its attribute, for engines whose runtime keeps it in the row.
pub(crate) fn last_values<'n>(next: impl IntoIterator<Item = (&'n AutoNumber, i128)>) -> BTreeMap<String, i64> {
    let last = |next: i128| i64::try_from(next.saturating_sub(1)).ok();
    next.into_iter().filter_map(|(number, next)| Some((number.attribute.clone(), last(next)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(start: i128, current: Option<i128>) -> AutoNumber {
        AutoNumber { attribute: "a".into(), sequence: "s".into(), place: None, start, current }
    }

    #[test]
    fn the_highest_place_wins() {
        let number = number(10, Some(0));
        assert_eq!(number.next(None, None), 10);
        assert_eq!(number.next(Some(7346), Some(12)), 7346);
        assert_eq!(number.next(Some(7), Some(12)), 13);
        assert_eq!(super::AutoNumber { current: Some(99), ..number }.next(Some(7), Some(12)), 100);
    }

    #[test]
    fn a_row_holds_the_last_value() {
        let (a, b) = (number(1, None), AutoNumber { attribute: "b".into(), ..number(1, None) });
        let values = last_values([(&a, 1), (&b, 42)]);
        assert_eq!(values, BTreeMap::from([("a".to_string(), 0), ("b".to_string(), 41)]));
    }
}
