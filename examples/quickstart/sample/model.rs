//! What a domain model consists of, and how Mendix names its parts in a database.

/// Type of an attribute.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    AutoNumber,
    Integer,
    Long,
    Decimal,
    Boolean,
    DateTime,
    /// With its limit; 0 is unlimited.
    Text(u32),
    /// Enumeration, as wide as its longest value.
    Enumeration(u32),
    Binary,
}

/// An attribute of an entity.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: &'static str,
}

/// What the runtime keeps for every object, where the entity asks for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    CreatedDate,
    ChangedDate,
    /// Name of the object's own entity, where there are specialisations.
    Specialised,
    /// Counter of optimistic locking.
    Version,
    Owner,
    ChangedBy,
}

/// An entity.
pub(crate) struct Entity {
    /// `Module.Entity`.
    pub(crate) name: &'static str,
    pub(crate) parent: Option<&'static str>,
    pub(crate) attributes: &'static [Attribute],
    pub(crate) members: &'static [Member],
    /// Attributes that are unique.
    pub(crate) unique: &'static [&'static str],
    /// Attributes with an index.
    pub(crate) indexed: &'static [&'static str],
}

/// How an association is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    /// Column of the parent; at most one child.
    Column,
    /// Column of the parent; at most one child and one parent.
    UniqueColumn,
    /// Table; at most one child.
    Table,
    /// Table; any number on both sides.
    SetTable,
}

/// An association.
pub(crate) struct Association {
    /// `Module.Association`.
    pub(crate) name: &'static str,
    pub(crate) parent: &'static str,
    pub(crate) child: &'static str,
    pub(crate) storage: Storage,
}

/// An attribute whose default is that of its type.
pub(crate) const fn plain(name: &'static str, kind: Kind) -> Attribute {
    let default = match kind {
        Kind::AutoNumber => "1",
        Kind::Integer | Kind::Long | Kind::Decimal => "0",
        Kind::Boolean => "false",
        _ => "",
    };
    Attribute { name, kind, default }
}

impl Kind {
    /// Type code of `mendixsystem$attribute`.
    pub(crate) fn code(self) -> i64 {
        match self {
            Kind::AutoNumber => 0,
            Kind::Integer => 3,
            Kind::Long => 4,
            Kind::Decimal => 5,
            Kind::Boolean => 10,
            Kind::DateTime => 20,
            Kind::Text(_) => 30,
            Kind::Enumeration(_) => 40,
            Kind::Binary => 50,
        }
    }

    pub(crate) fn length(self) -> i64 {
        match self {
            Kind::Text(limit) | Kind::Enumeration(limit) => i64::from(limit),
            _ => 0,
        }
    }
}

/// `module$name` of a table, column or association.
pub(crate) fn physical(name: &str) -> String {
    name.to_lowercase().replace('.', "$")
}

/// Name of an attribute's database sequence.
pub(crate) fn sequence(entity: &str, attribute: &str) -> String {
    format!("{}_{}_mxseq", physical(entity), attribute.to_lowercase())
}

impl Member {
    /// Name in the model and type of those that are attributes.
    pub(crate) fn attribute(self) -> Option<(&'static str, Kind)> {
        match self {
            Member::CreatedDate => Some(("createdDate", Kind::DateTime)),
            Member::ChangedDate => Some(("changedDate", Kind::DateTime)),
            Member::Specialised => Some(("submetaobjectname", Kind::Text(255))),
            Member::Version => Some(("mxObjectVersion", Kind::Long)),
            Member::Owner | Member::ChangedBy => None,
        }
    }

    /// Name in the model of those that are associations with a user.
    pub(crate) fn association(self) -> Option<&'static str> {
        match self {
            Member::Owner => Some("System.owner"),
            Member::ChangedBy => Some("System.changedBy"),
            _ => None,
        }
    }
}

impl Association {
    /// Whether the association is a column of its parent.
    pub(crate) fn is_column(&self) -> bool {
        matches!(self.storage, Storage::Column | Storage::UniqueColumn)
    }

    /// The two columns of an association table.
    pub(crate) fn columns(&self) -> (String, String) {
        let (parent, child) = (physical(self.parent), physical(self.child));
        if parent == child {
            (format!("{parent}id1"), format!("{child}id2"))
        } else {
            (format!("{parent}id"), format!("{child}id"))
        }
    }

    /// Index of an association table.
    pub(crate) fn index(&self) -> String {
        format!("idx_{}_{}_{}", physical(self.name), physical(self.child), physical(self.parent))
    }
}
