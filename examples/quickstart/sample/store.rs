//! Objects become rows of tables, and from some moment on also lines of the log.

use super::domain::{ASSOCIATIONS, ENTITIES, VOUCHER, column_associations, find};
use super::model::{Association, Entity, Kind, Member, physical, sequence};
use super::random::Random;
use super::value::{Value, insert};
use std::collections::BTreeMap;

/// Bits below an object's number that the runtime fills at random.
const NOISE_BITS: u32 = 7;
/// Object numbers that the runtime reserves at a time.
const BLOCK: i64 = 100;

/// The database as it grows.
pub(crate) struct Store {
    /// Rows by table.
    pub(crate) tables: BTreeMap<String, Vec<Vec<Value>>>,
    /// Next number of every sequence.
    pub(crate) sequences: BTreeMap<String, i64>,
    /// What is written to the log, once there is one.
    pub(crate) log: Option<Vec<String>>,
    /// User that makes the objects.
    pub(crate) owner: Value,
    /// Time of the next object, in milliseconds since 1970.
    pub(crate) clock: i64,
    pub(crate) random: Random,
    counts: BTreeMap<&'static str, i64>,
    /// Sequences that moved since the last commit.
    moved: Vec<String>,
}

/// Number that stands in an object's identifier for its entity.
pub(crate) fn short_id(entity: &Entity) -> i64 {
    let at = ENTITIES.iter().position(|e| e.name == entity.name).unwrap_or(ENTITIES.len());
    at as i64 + 1
}

/// The association of this name.
pub(crate) fn association(name: &str) -> &'static Association {
    ASSOCIATIONS.iter().find(|a| a.name == name).unwrap_or_else(|| panic!("{name} is no association"))
}

impl Store {
    /// An empty database at a moment.
    pub(crate) fn new(clock: i64) -> Store {
        let (tables, sequences, counts) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut store = Store {
            tables,
            sequences,
            log: None,
            owner: Value::Null,
            clock,
            random: Random(clock as u64),
            counts,
            moved: Vec::new(),
        };
        ENTITIES.iter().for_each(|entity| store.number(entity));
        store
    }

    /// Starts the sequences of an entity.
    pub(crate) fn number(&mut self, entity: &Entity) {
        for attribute in entity.attributes.iter().filter(|a| matches!(a.kind, Kind::AutoNumber)) {
            self.sequences.insert(sequence(entity.name, attribute.name), 1);
        }
    }

    /// A row of any table.
    pub(crate) fn row(&mut self, table: &str, row: Vec<Value>) {
        if let Some(log) = &mut self.log {
            log.push(insert(table, &row));
        }
        self.tables.entry(table.to_string()).or_default().push(row);
    }

    /// A new object; attributes that are not given have their defaults, associations are given by name.
    pub(crate) fn add(&mut self, name: &'static str, values: &[(&str, Value)]) -> i64 {
        let entity = find(name);
        let count = self.counts.entry(entity.name).or_insert(0);
        *count += 1;
        let noise = (self.random.next() & ((1 << NOISE_BITS) - 1)) as i64;
        let id = short_id(entity) << 48 | *count << NOISE_BITS | noise;
        let mut level = Some(entity);
        while let Some(own) = level {
            let row = self.object_row(own, name, id, values);
            self.row(&physical(own.name), row);
            level = own.parent.map(find);
        }
        self.clock += 1000 + self.random.below(400_000) as i64;
        id
    }

    fn object_row(&mut self, own: &Entity, name: &str, id: i64, values: &[(&str, Value)]) -> Vec<Value> {
        let given = |wanted: &str| values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
        let mut row = vec![Value::Int(id)];
        for attribute in own.attributes {
            let default = match attribute.kind {
                Kind::AutoNumber => Value::Int(self.next(sequence(own.name, attribute.name))),
                Kind::Boolean => Value::Bool(attribute.default == "true"),
                Kind::Enumeration(_) => Value::Text(attribute.default.into()),
                Kind::Integer | Kind::Long => attribute.default.parse().map_or(Value::Null, Value::Int),
                _ => Value::Null,
            };
            row.push(given(attribute.name).unwrap_or(default));
        }
        row.extend(own.members.iter().map(|member| match member {
            Member::CreatedDate | Member::ChangedDate => Value::Time(self.clock),
            Member::Specialised => Value::Text(name.to_string()),
            Member::Version => Value::Int(1),
            Member::Owner | Member::ChangedBy => self.owner.clone(),
        }));
        row.extend(column_associations(own).map(|a| given(a.name).unwrap_or(Value::Null)));
        row
    }

    fn next(&mut self, sequence: String) -> i64 {
        let next = self.sequences.get_mut(&sequence).unwrap_or_else(|| panic!("{sequence} is no sequence"));
        *next += 1;
        let number = *next - 1;
        if !self.moved.contains(&sequence) {
            self.moved.push(sequence);
        }
        number
    }

    /// A row of an association table.
    pub(crate) fn link(&mut self, name: &str, parent: i64, child: i64) {
        let table = physical(association(name).name);
        let row = vec![Value::Int(parent), Value::Int(child)];
        if !self.tables.get(&table).is_some_and(|rows| rows.contains(&row)) {
            self.row(&table, row);
        }
    }

    /// Changes a column of the row whose key is `key`; the log has that as two statements.
    pub(crate) fn change(&mut self, table: &str, key: &Value, column: usize, value: Value) {
        let rows = self.tables.get_mut(table).unwrap_or_else(|| panic!("{table} has no rows"));
        let row = rows.iter_mut().find(|row| row[0] == *key).unwrap_or_else(|| panic!("no such row in {table}"));
        row[column] = value;
        let (column, literal, line) = (key_column(table), key.literal(), insert(table, row));
        if let Some(log) = &mut self.log {
            log.push(format!("DELETE FROM \"{table}\" WHERE \"{column}\"={literal}"));
            log.push(line);
        }
    }

    /// Removes the row whose key is `key`.
    pub(crate) fn remove(&mut self, table: &str, key: &Value) {
        self.tables.entry(table.to_string()).or_default().retain(|row| row[0] != *key);
        if let Some(log) = &mut self.log {
            log.push(format!("DELETE FROM \"{table}\" WHERE \"{}\"={}", key_column(table), key.literal()));
        }
    }

    /// Ends a transaction.
    pub(crate) fn commit(&mut self) {
        for name in std::mem::take(&mut self.moved) {
            let next = self.sequences[&name];
            self.statement(format!("ALTER SEQUENCE PUBLIC.\"{name}\" RESTART WITH {next}"));
        }
        self.statement("COMMIT".into());
    }

    /// A statement of the log.
    pub(crate) fn statement(&mut self, statement: String) {
        if let Some(log) = &mut self.log {
            log.push(statement);
        }
    }

    /// Next object number that the runtime would reserve.
    pub(crate) fn reserved(&self, entity: &Entity) -> i64 {
        let count = self.counts.get(entity.name).copied().unwrap_or(0);
        1 + (count + BLOCK - 1) / BLOCK * BLOCK
    }

    /// The entity that only the log knows becomes known.
    pub(crate) fn deploy_voucher(&mut self) {
        self.number(&VOUCHER);
    }
}

fn key_column(table: &str) -> &'static str {
    match table {
        "mendixsystem$version" => "versionnumber",
        _ => "id",
    }
}
