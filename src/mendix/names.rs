//! Which columns of the runtime's tables hold names of tables, columns, keys and sequences, and their new names.

use crate::plan::Rename;
use crate::schema::Table;
use std::collections::{BTreeMap, BTreeSet};

/// What a column's text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Tables.
    Table,
    /// Columns.
    Column,
    /// Primary and unique keys.
    Key,
    /// Secondary indexes.
    Index,
    /// Foreign keys.
    ForeignKey,
    /// Sequences.
    Sequence,
}

/// Every column that holds a name: table without its prefix, column, what it names. Versions of the runtime that lack
/// one of them lack it here, too.
const NAMES: [(&str, &str, Named); 13] = [
    ("entity", "table_name", Named::Table),
    ("attribute", "column_name", Named::Column),
    ("association", "table_name", Named::Table),
    ("association", "parent_column_name", Named::Column),
    ("association", "child_column_name", Named::Column),
    ("association", "pk_index_name", Named::Key),
    ("association", "index_name", Named::Index),
    ("association", "parent_fkc_name", Named::ForeignKey),
    ("association", "child_fkc_name", Named::ForeignKey),
    ("index", "index_name", Named::Index),
    ("unique_constraint", "name", Named::Key),
    ("sequence", "name", Named::Sequence),
    ("remote_primary_key", "column_name", Named::Column),
];

/// The columns of a table that hold names.
pub fn names_in(table: &str) -> impl Iterator<Item = (&'static str, Named)> + '_ {
    let own = table.strip_prefix(super::PREFIX);
    NAMES.iter().filter(move |(table, ..)| own == Some(table)).map(|(_, column, named)| (*column, *named))
}

impl Named {
    /// Whether a changed name is of this kind. Unique keys of some engines are indexes.
    fn covers(self, rename: &Rename) -> bool {
        match self {
            Named::Table => rename.kind == "table",
            Named::Column => rename.kind == "column",
            Named::Key => matches!(rename.kind, "constraint" | "index"),
            Named::Index => rename.kind == "index",
            Named::ForeignKey => rename.kind == "constraint",
            Named::Sequence => rename.kind == "sequence",
        }
    }

    /// How often a name was changed.
    pub(crate) fn renames(self, renames: &[Rename], name: &str) -> usize {
        renames.iter().filter(|rename| rename.from == name && self.covers(rename)).count()
    }

    /// How many objects of a table have a name. Tables and sequences have names of their own in a schema.
    pub(crate) fn uses(self, table: &Table, name: &str) -> usize {
        let uniques =
            |index: bool| table.uniques.iter().filter(move |key| !(index && key.constraint)).map(|key| &key.name);
        let names: Vec<&String> = match self {
            Named::Table | Named::Sequence => Vec::new(),
            Named::Column => table.columns.iter().map(|column| &column.name).collect(),
            Named::Key => table.primary_key.iter().map(|key| &key.name).chain(uniques(false)).collect(),
            Named::Index => table.indexes.iter().map(|index| &index.name).chain(uniques(true)).collect(),
            Named::ForeignKey => table.foreign_keys.iter().map(|key| &key.name).collect(),
        };
        names.into_iter().filter(|own| *own == name).count()
    }

    /// New names by the old ones, and the names that became different ones in different tables.
    pub(crate) fn renamed(self, renames: &[Rename]) -> (BTreeMap<String, String>, BTreeSet<String>) {
        let (mut names, mut split) = (BTreeMap::new(), BTreeSet::new());
        for rename in renames.iter().filter(|rename| self.covers(rename)) {
            let before = names.insert(rename.from.clone(), rename.to.clone());
            if before.is_some_and(|before| before != rename.to) {
                split.insert(rename.from.clone());
            }
        }
        (names, split)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Key;

    fn rename(kind: &'static str, from: &str, to: &str) -> Rename {
        Rename { kind, table: String::new(), from: from.into(), to: to.into(), why: String::new() }
    }

    #[test]
    fn names_are_told_apart_by_what_they_name() {
        let renames = [
            rename("table", "a", "t"),
            rename("column", "a", "c"),
            rename("index", "a", "i"),
            rename("sequence", "a", "s"),
        ];
        let new = |named: Named| named.renamed(&renames).0.get("a").cloned();
        assert_eq!(new(Named::Table).as_deref(), Some("t"));
        assert_eq!(new(Named::Column).as_deref(), Some("c"));
        assert_eq!(new(Named::Key).as_deref(), Some("i"));
        assert_eq!(new(Named::Sequence).as_deref(), Some("s"));
        assert_eq!(new(Named::ForeignKey), None);
    }

    #[test]
    fn a_name_with_two_successors_is_told() {
        let renames = [rename("column", "a", "x"), rename("column", "a", "x"), rename("column", "b", "x")];
        assert!(Named::Column.renamed(&renames).1.is_empty());
        let renames = [rename("column", "a", "x"), rename("column", "a", "y")];
        assert_eq!(Named::Column.renamed(&renames).1, BTreeSet::from(["a".to_string()]));
    }

    #[test]
    fn uses_of_a_name_are_counted_by_what_it_names() {
        let mut table = Table { name: "t".into(), ..Table::default() };
        table.uniques = vec![Key::new("a", Vec::new()), Key { constraint: false, ..Key::new("a", Vec::new()) }];
        assert_eq!(
            (Named::Key.uses(&table, "a"), Named::Index.uses(&table, "a"), Named::Column.uses(&table, "a")),
            (2, 1, 0)
        );
        let renames = [rename("index", "a", "b"), rename("column", "a", "b"), rename("index", "x", "y")];
        assert_eq!((Named::Index.renames(&renames, "a"), Named::ForeignKey.renames(&renames, "a")), (1, 0));
    }

    #[test]
    fn only_the_runtimes_tables_hold_names() {
        assert_eq!(names_in("mendixsystem$index").collect::<Vec<_>>(), [("index_name", Named::Index)]);
        assert_eq!(names_in("mendixsystem$association").count(), 7);
        assert_eq!(names_in("system$index").count() + names_in("mendixsystem$version").count(), 0);
    }
}
