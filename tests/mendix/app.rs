//! Writes a built-in database as Mendix has it: its own tables, entities with long names, associations, autonumbers.

use std::fmt::Write;
use std::path::Path;

/// Settings and users, as Mendix has them.
const HEAD: &str = "SET DATABASE UNIQUE NAME HSQLDB97A78796A7
SET DATABASE TRANSACTION CONTROL MVCC
SET DATABASE DEFAULT ISOLATION LEVEL READ COMMITTED
SET DATABASE SQL SIZE TRUE
SET FILES WRITE DELAY 1
SET FILES BACKUP INCREMENT TRUE
SET FILES CACHE SIZE 10000
SET FILES CACHE ROWS 50000
SET FILES SCALE 32
SET FILES LOB SCALE 32
SET FILES DEFRAG 0
SET FILES NIO TRUE
SET FILES NIO SIZE 256
SET FILES LOG TRUE
SET FILES LOG SIZE 50
CREATE USER SA PASSWORD DIGEST 'd41d8cd98f00b204e9800998ecf8427e'
ALTER USER SA SET LOCAL TRUE
CREATE SCHEMA PUBLIC AUTHORIZATION DBA
";

/// The runtime's own tables; `V(n)` stands for text that compares without case.
const SYSTEM: &str = r#"
"mendixsystem$version"("versionnumber" V(255) NOT NULL PRIMARY KEY,"lastsyncdate" TIMESTAMP NOT NULL,"preanalysismigrationversionnumber" V(255) NOT NULL)
"mendixsystem$entity"("id" V(36) NOT NULL PRIMARY KEY,"entity_name" V(511) NOT NULL,"table_name" V(255) NOT NULL,"superentity_id" V(255),"remote" BOOLEAN,"remote_primary_key" BOOLEAN)
"mendixsystem$attribute"("id" V(36) NOT NULL PRIMARY KEY,"entity_id" V(255) NOT NULL,"attribute_name" V(255) NOT NULL,"column_name" V(255) NOT NULL,"type" INTEGER NOT NULL,"length" INTEGER,"default_value" V(2147483647),"is_auto_number" BOOLEAN NOT NULL)
"mendixsystem$index"("id" V(36) NOT NULL PRIMARY KEY,"table_id" V(36) NOT NULL,"index_name" V(255) NOT NULL)
"mendixsystem$index_column"("index_id" V(36) NOT NULL,"column_id" V(36) NOT NULL,"sort_order" BOOLEAN NOT NULL,"ordinal" INTEGER NOT NULL,PRIMARY KEY("index_id","column_id"))
"mendixsystem$association"("id" V(36) NOT NULL PRIMARY KEY,"association_name" V(511) NOT NULL,"table_name" V(255) NOT NULL,"parent_entity_id" V(36) NOT NULL,"child_entity_id" V(36) NOT NULL,"parent_column_name" V(255) NOT NULL,"child_column_name" V(255) NOT NULL,"pk_index_name" V(255),"index_name" V(255),"parent_fkc_name" V(255),"child_fkc_name" V(255),"parent_fkc_action" SMALLINT,"child_fkc_action" SMALLINT,"storage_format" SMALLINT)
"mendixsystem$sequence"("name" V(255) NOT NULL,"attribute_id" V(36) NOT NULL PRIMARY KEY,"start_value" BIGINT NOT NULL,"current_value" BIGINT)
"mendixsystem$entityidentifier"("id" V(36) NOT NULL PRIMARY KEY,"short_id" SMALLINT,"object_sequence" BIGINT)
"mendixsystem$unique_constraint"("name" V(255) NOT NULL,"table_id" V(36) NOT NULL,"column_id" V(36) NOT NULL,PRIMARY KEY("name","column_id"))
"mendixsystem$properties"("key" V(200) NOT NULL PRIMARY KEY,"value" V(200) NOT NULL)
"mendixsystem$data_change_event"("sequence" BIGINT GENERATED ALWAYS AS IDENTITY(START WITH 1) NOT NULL PRIMARY KEY,"event_time" TIMESTAMP,"change_type" SMALLINT,"data" V(2147483647),"transaction_id" V(36))
"system$user"("id" BIGINT NOT NULL PRIMARY KEY,"name" V(100),"active" BOOLEAN,CONSTRAINT "uniq_system$user_name" UNIQUE("name"))
"#;

/// Rows that every app has. The value of a sequence is kept by the runtime in no row where sequences exist.
const ROWS: &str = r"
mendixsystem$version('4.2','2025-06-25 16:39:30.863000','4.6.0')
mendixsystem$properties('MxAdminUserName','MxAdmin')
mendixsystem$entity('00000000-0000-4000-8000-000000000000','System.User','system$user',NULL,FALSE,FALSE)
mendixsystem$attribute('00000000-0000-4000-8000-00000000000a','00000000-0000-4000-8000-000000000000','Active','active',10,0,'',FALSE)
mendixsystem$attribute('00000000-0000-4000-8000-00000000000b','00000000-0000-4000-8000-000000000000','Name','name',30,100,'',FALSE)
mendixsystem$unique_constraint('uniq_system$user_name','00000000-0000-4000-8000-000000000000','00000000-0000-4000-8000-00000000000b')
mendixsystem$data_change_event(3,'2025-06-25 16:39:30.863000',1,'{}','t')
mendixsystem$data_change_event(7,'2025-06-25 16:39:31.001000',2,'{}','t')
system$user(281474976710785,'MxAdmin',TRUE)
system$user(281474976710913,'J\u00fcrgen \ud83d\ude00',FALSE)
";

/// Places of an autonumber: what the sequence gives next, the row's start and current value, the highest value in use.
pub(crate) const NUMBERS: [(i64, i64, &str, &str); 5] = [
    (7346, 1, "0", "3"),    // the sequence is ahead
    (2, 1, "99", "3"),      // the row is
    (1, 1, "NULL", "57"),   // the values are
    (1, 1000, "0", "NULL"), // nothing was numbered yet
    (4, 1, "3", "3"),       // all agree
];

/// What the next value of these must be.
pub(crate) const NEXT: [i64; 5] = [7346, 100, 58, 1000, 4];

/// A database: its statements and its rows.
pub(crate) struct App {
    ddl: String,
    rows: String,
}

impl App {
    /// An app with so many entities whose names are longer than PostgreSQL and MySQL can hold.
    pub(crate) fn new(entities: usize) -> App {
        let mut app = App { ddl: String::new(), rows: ROWS.trim_start().to_string() };
        for table in SYSTEM.trim().lines() {
            app.table(table);
        }
        app.ddl("ALTER TABLE PUBLIC.\"mendixsystem$data_change_event\" ALTER COLUMN \"sequence\" RESTART WITH 12");
        (1..=entities).for_each(|number| app.entity(number));
        app
    }

    fn ddl(&mut self, line: &str) {
        writeln!(self.ddl, "{line}").unwrap();
    }

    /// A table; `V(n)` is text as Mendix has it.
    pub(crate) fn table(&mut self, body: &str) {
        let mut text = String::new();
        for (at, part) in body.split(" V(").enumerate() {
            match (at, part.split_once(')')) {
                (0, _) | (_, None) => text.push_str(part),
                (_, Some((n, rest))) => write!(text, " VARCHAR({n}) COLLATE SQL_TEXT_UCC{rest}").unwrap(),
            }
        }
        self.ddl(&format!("CREATE MEMORY TABLE PUBLIC.{text}"));
    }

    /// A row as `table(values)`.
    pub(crate) fn row(&mut self, row: &str) {
        writeln!(self.rows, "{row}").unwrap();
    }

    fn entity(&mut self, number: usize) {
        let table = table_name(number);
        let id = |kind: u32| format!("{kind:08x}-0000-4000-8000-{number:012x}");
        self.row(&format!("mendixsystem$entity('{}','DocumentArchive.E{number}','{table}',NULL,FALSE,FALSE)", id(1)));
        self.row(&format!("mendixsystem$entityidentifier('{}',{number},42)", id(1)));
        self.own_table(number, &table, &id);
        self.association(number, &table, &id);
        self.number(number, &table, &id);
    }

    fn own_table(&mut self, number: usize, table: &str, id: &dyn Fn(u32) -> String) {
        let (long, previous) = (long_column(number), format!("documentarchive$previous{number:02}"));
        self.table(&format!(
            "\"{table}\"(\"id\" BIGINT NOT NULL PRIMARY KEY,\"number\" BIGINT,\"name\" V(200),\"paid\" BOOLEAN,\"born\" TIMESTAMP,\
             \"price\" DECIMAL(28,8),\"{long}\" V(2147483647),\"picture\" VARBINARY(16777216),\"{previous}\" BIGINT,\
             CONSTRAINT \"uniq_{table}_name\" UNIQUE(\"name\"),CONSTRAINT \"frn_{table}_previous\" \
             FOREIGN KEY(\"{previous}\") REFERENCES PUBLIC.\"{table}\"(\"id\") ON DELETE SET NULL)"
        ));
        self.row(&format!(
            "mendixsystem$association('{0}','DocumentArchive.Previous{number}','{table}','{1}','{1}','id','{previous}',NULL,NULL,NULL,\
             'frn_{table}_previous',NULL,2,1)",
            id(11),
            id(1)
        ));
        self.attributes(&long, id);
        self.keys(table, &previous, id);
        self.objects(number, table);
    }

    fn attributes(&mut self, long: &str, id: &dyn Fn(u32) -> String) {
        let columns = [
            ("number", 2, 0),
            ("name", 3, 30),
            ("paid", 4, 10),
            ("born", 5, 20),
            ("price", 6, 5),
            (long, 7, 30),
            ("picture", 8, 50),
        ];
        for (column, kind, ty) in columns {
            let auto = if ty == 0 { "TRUE" } else { "FALSE" };
            self.row(&format!(
                "mendixsystem$attribute('{}','{}','A{kind}','{column}',{ty},0,'',{auto})",
                id(kind),
                id(1)
            ));
        }
    }

    fn keys(&mut self, table: &str, previous: &str, id: &dyn Fn(u32) -> String) {
        self.row(&format!("mendixsystem$unique_constraint('uniq_{table}_name','{}','{}')", id(1), id(3)));
        let indexes = [(format!("idx_{table}_paid_asc"), "paid", 9), (format!("idx_{table}_previous"), previous, 10)];
        for (name, column, kind) in indexes {
            self.ddl(&format!("CREATE INDEX \"{name}\" ON PUBLIC.\"{table}\"(\"{column}\",\"id\")"));
            self.row(&format!("mendixsystem$index('{}','{}','{name}')", id(kind), id(1)));
            self.row(&format!("mendixsystem$index_column('{}','{}',FALSE,0)", id(kind), id(4)));
        }
    }

    fn objects(&mut self, number: usize, table: &str) {
        for n in 1..=3 {
            let highest = NUMBERS.get(number - 1).map_or("3", |(.., highest)| highest);
            let value = if n == 3 { highest } else { "NULL" };
            self.row(&format!(
                "{table}({0},{value},'Name {n} \\u00e4',{1},'2025-06-25 16:39:30.86{n}000',{n}.50000000,NULL,'00ff0{n}',{2})",
                object(number, n),
                if n == 2 { "TRUE" } else { "FALSE" },
                if n == 1 { "NULL".to_string() } else { object(number, n - 1).to_string() }
            ));
        }
    }

    fn association(&mut self, number: usize, table: &str, id: &dyn Fn(u32) -> String) {
        let name = association_name(number);
        self.table(&format!(
            "\"{name}\"(\"{table}id\" BIGINT NOT NULL,\"system$userid\" BIGINT NOT NULL,PRIMARY KEY(\"{table}id\",\"system$userid\"),\
             CONSTRAINT \"uniq_{name}_parent\" UNIQUE(\"{table}id\"),CONSTRAINT \"frn_{name}_parent\" \
             FOREIGN KEY(\"{table}id\") REFERENCES PUBLIC.\"{table}\"(\"id\") ON DELETE CASCADE,CONSTRAINT \"frn_{name}_system$userid\" \
             FOREIGN KEY(\"system$userid\") REFERENCES PUBLIC.\"system$user\"(\"id\") ON DELETE CASCADE)"
        ));
        self.ddl(&format!(
            "CREATE INDEX \"idx_{name}_system$user\" ON PUBLIC.\"{name}\"(\"system$userid\",\"{table}id\")"
        ));
        self.row(&format!(
            "mendixsystem$association('{}','DocumentArchive.Owners{number}','{name}','{}','00000000-0000-4000-8000-000000000000',\
             '{table}id','system$userid',NULL,'idx_{name}_system$user','frn_{name}_parent','frn_{name}_system$userid',0,0,2)",
            id(12),
            id(1)
        ));
        self.row(&format!("mendixsystem$unique_constraint('uniq_{name}_parent','{}','{}')", id(12), id(1)));
        self.row(&format!("{name}({},281474976710785)", object(number, 1)));
        self.row(&format!("{name}({},281474976710913)", object(number, 2)));
    }

    fn number(&mut self, number: usize, table: &str, id: &dyn Fn(u32) -> String) {
        let name = format!("{table}_number_mxseq");
        let (next, start, current, _) = NUMBERS.get(number - 1).copied().unwrap_or((4, 1, "0", "3"));
        self.ddl(&format!("CREATE SEQUENCE PUBLIC.\"{name}\" AS BIGINT START WITH {start}"));
        self.ddl(&format!("ALTER SEQUENCE PUBLIC.\"{name}\" RESTART WITH {next}"));
        self.row(&format!("mendixsystem$sequence('{name}','{}',{start},{current})", id(2)));
    }

    /// What stray tables, temporary ones among them, a database may have.
    pub(crate) fn strays(&mut self) {
        self.table("\"0b988c4865d2408ebbc40c52efa315e8\"(\"id\" BIGINT NOT NULL PRIMARY KEY)");
        self.table("\"reporting\"(\"day\" DATE NOT NULL PRIMARY KEY,\"total\" DOUBLE)");
        self.ddl(
            "CREATE GLOBAL TEMPORARY TABLE PUBLIC.\"mendixsystem$temporary_ids\"(\"id\" BIGINT NOT NULL PRIMARY KEY)",
        );
        self.row("0b988c4865d2408ebbc40c52efa315e8(1)");
        self.row("reporting('2025-01-01',1.5E0)");
    }

    /// The script's text.
    fn script(&self) -> String {
        let mut text = format!("{HEAD}{}SET DATABASE DEFAULT INITIAL SCHEMA PUBLIC\nGRANT DBA TO SA\n", self.ddl);
        text.push_str("SET SCHEMA SYSTEM_LOBS\nINSERT INTO BLOCKS VALUES(0,2147483647,0)\nSET SCHEMA PUBLIC\n");
        for row in self.rows.lines() {
            let (table, values) = row.split_once('(').unwrap();
            writeln!(text, "INSERT INTO \"{table}\" VALUES({values}").unwrap();
        }
        text
    }

    /// Writes the database into a folder.
    pub(crate) fn write(&self, folder: &Path) {
        std::fs::write(folder.join("default.script"), self.script()).unwrap();
        let properties = "#HSQL Database Engine 2.7.1\nversion=2.7.1\nmodified=no\ntx_timestamp=0\n";
        std::fs::write(folder.join("default.properties"), properties).unwrap();
    }

    /// Distinct identifiers longer than `limit` characters.
    pub(crate) fn longer_than(&self, limit: usize) -> usize {
        let names: std::collections::BTreeSet<_> =
            self.ddl.split('"').skip(1).step_by(2).filter(|name| name.len() > limit).collect();
        names.len()
    }
}

/// Name of an entity's table: 69 characters.
pub(crate) fn table_name(number: usize) -> String {
    format!("documentarchive$additionalpropertiesofarchiveddocumentversion_part{number:03}")
}

/// Name of an association's table.
pub(crate) fn association_name(number: usize) -> String {
    format!("documentarchive$additionalpropertiesofarchiveddocumentversion_owners{number:03}")
}

fn long_column(number: usize) -> String {
    format!("thereasonwhythisparticularattributewasgivenanexcessivelylongname_{number:03}")
}

/// Identifier of an entity's object.
pub(crate) fn object(entity: usize, n: usize) -> i64 {
    ((entity as i64) << 48) | ((n as i64) << 7) | 5
}
