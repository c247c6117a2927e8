//! The domain model of the sample: a small shop with a warehouse.

use super::model::Kind::{AutoNumber, Binary, Boolean, DateTime, Decimal, Enumeration, Integer, Long, Text};
use super::model::Member::{ChangedBy, ChangedDate, CreatedDate, Owner, Specialised, Version};
use super::model::{Association, Attribute, Entity, Storage, plain};

const fn preset(name: &'static str, kind: super::model::Kind, default: &'static str) -> Attribute {
    Attribute { name, kind, default }
}

const fn entity(name: &'static str, attributes: &'static [Attribute]) -> Entity {
    Entity { name, parent: None, attributes, members: &[], unique: &[], indexed: &[] }
}

const fn special(name: &'static str, parent: &'static str, attributes: &'static [Attribute]) -> Entity {
    Entity { parent: Some(parent), ..entity(name, attributes) }
}

/// Every entity; those that others need come first.
pub(crate) const ENTITIES: &[Entity] = &[
    entity("System.Language", &[plain("Code", Text(20)), plain("Description", Text(200))]),
    Entity {
        indexed: &["Name"],
        ..entity(
            "System.UserRole",
            &[plain("ModelGUID", Text(36)), plain("Name", Text(100)), plain("Description", Text(1000))],
        )
    },
    Entity {
        members: &[CreatedDate, ChangedDate, Specialised, ChangedBy, Owner],
        unique: &["Name"],
        indexed: &["Name"],
        ..entity(
            "System.User",
            &[
                plain("Name", Text(100)),
                plain("Password", Text(200)),
                plain("LastLogin", DateTime),
                plain("Blocked", Boolean),
                plain("BlockedSince", DateTime),
                preset("Active", Boolean, "true"),
                plain("FailedLogins", Integer),
                plain("WebServiceUser", Boolean),
                plain("IsAnonymous", Boolean),
            ],
        )
    },
    Entity {
        members: &[CreatedDate, ChangedDate, Specialised, Owner, ChangedBy],
        indexed: &["FileID", "Size", "__UUID__"],
        ..entity(
            "System.FileDocument",
            &[
                plain("FileID", AutoNumber),
                plain("Name", Text(400)),
                preset("DeleteAfterDownload", Boolean, "true"),
                plain("Contents", Binary),
                plain("HasContents", Boolean),
                preset("Size", Long, "-1"),
                plain("__FileName__", Long),
                plain("__UUID__", Text(36)),
            ],
        )
    },
    Entity {
        members: &[Specialised],
        ..special(
            "System.Image",
            "System.FileDocument",
            &[plain("PublicThumbnailPath", Text(500)), preset("EnableCaching", Boolean, "true")],
        )
    },
    special(
        "Administration.Account",
        "System.User",
        &[plain("FullName", Text(200)), plain("Email", Text(200)), preset("IsLocalUser", Boolean, "true")],
    ),
    Entity {
        members: &[CreatedDate, ChangedDate, Specialised, Owner, ChangedBy],
        unique: &["Email"],
        indexed: &["Number", "Name"],
        ..entity(
            "Sales.Customer",
            &[
                plain("Number", AutoNumber),
                plain("Name", Text(200)),
                plain("Email", Text(254)),
                preset("Segment", Enumeration(11), "Consumer"),
                plain("CreditLimit", Decimal),
                plain("LoyaltyPoints", Long),
                plain("Visits", Integer),
                preset("Active", Boolean, "true"),
                plain("BirthDate", DateTime),
                plain("PinCode", Text(200)),
                plain("Notes", Text(0)),
            ],
        )
    },
    special(
        "Sales.BusinessCustomer",
        "Sales.Customer",
        &[plain("VATNumber", Text(20)), plain("Employees", Integer), plain("AnnualTurnover", Decimal)],
    ),
    entity("Sales.Category", &[plain("Name", Text(100)), plain("Position", Integer)]),
    Entity {
        unique: &["SKU"],
        indexed: &["Name"],
        ..entity(
            "Sales.Product",
            &[
                plain("SKU", Text(20)),
                plain("Name", Text(200)),
                plain("Description", Text(0)),
                plain("Price", Decimal),
                plain("Barcode", Long),
                plain("Stock", Integer),
                plain("Discontinued", Boolean),
                plain("AvailableFrom", DateTime),
                plain("DataSheet", Binary),
            ],
        )
    },
    Entity {
        members: &[CreatedDate, ChangedDate, Owner],
        indexed: &["OrderDate"],
        ..entity(
            "Sales.Order",
            &[
                plain("Number", AutoNumber),
                plain("OrderDate", DateTime),
                preset("Status", Enumeration(9), "Open"),
                plain("Total", Decimal),
                plain("Remark", Text(0)),
            ],
        )
    },
    entity(
        "Sales.OrderLine",
        &[plain("Position", Integer), plain("Quantity", Integer), plain("Price", Decimal), plain("Gift", Boolean)],
    ),
    special("Sales.Invoice", "System.FileDocument", &[plain("InvoiceNumber", AutoNumber), plain("Paid", Boolean)]),
    special("Sales.ProductPhoto", "System.Image", &[plain("Caption", Text(500))]),
    Entity {
        members: &[Version],
        ..entity(
            "Warehouse.Shipment",
            &[
                plain("TrackingCode", Text(40)),
                plain("Weight", Decimal),
                plain("ShippedOn", DateTime),
                preset("Carrier", Enumeration(5), "Post"),
            ],
        )
    },
];

/// An entity that was deployed after the last clean stop: it is in the log only.
pub(crate) const VOUCHER: Entity = Entity {
    members: &[CreatedDate],
    unique: &["Code"],
    ..entity(
        "Sales.Voucher",
        &[plain("Number", AutoNumber), plain("Code", Text(50)), plain("Discount", Decimal), plain("Note", Text(0))],
    )
};

const fn association(name: &'static str, parent: &'static str, child: &'static str, storage: Storage) -> Association {
    Association { name, parent, child, storage }
}

/// Every association.
pub(crate) const ASSOCIATIONS: &[Association] = &[
    association("System.UserRoles", "System.User", "System.UserRole", Storage::SetTable),
    association("System.grantableRoles", "System.UserRole", "System.UserRole", Storage::SetTable),
    association("System.User_Language", "System.User", "System.Language", Storage::Table),
    association("Sales.Category_Parent", "Sales.Category", "Sales.Category", Storage::Table),
    association("Sales.Product_Category", "Sales.Product", "Sales.Category", Storage::SetTable),
    association("Sales.Order_Customer", "Sales.Order", "Sales.Customer", Storage::Column),
    association("Sales.OrderLine_Order", "Sales.OrderLine", "Sales.Order", Storage::Table),
    association("Sales.OrderLine_Product", "Sales.OrderLine", "Sales.Product", Storage::Column),
    association("Sales.Invoice_Order", "Sales.Invoice", "Sales.Order", Storage::Column),
    association("Sales.ProductPhoto_Product", "Sales.ProductPhoto", "Sales.Product", Storage::Column),
    association("Warehouse.Shipment_Order", "Warehouse.Shipment", "Sales.Order", Storage::UniqueColumn),
];

/// The entity of this name.
pub(crate) fn find(name: &str) -> &'static Entity {
    const LATE: &[Entity] = &[VOUCHER];
    ENTITIES.iter().chain(LATE).find(|e| e.name == name).unwrap_or_else(|| panic!("{name} is no entity"))
}

/// Associations that are columns of `entity`.
pub(crate) fn column_associations(entity: &Entity) -> impl Iterator<Item = &'static Association> {
    ASSOCIATIONS.iter().filter(move |a| a.is_column() && a.parent == entity.name)
}
