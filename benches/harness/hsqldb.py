"""A built-in database (HSQLDB) as a clean shutdown leaves it, with one table of MEMORY rows."""
import os

TABLE = "sales$order"
NAME = "default"
PG_TABLE = (f'create table "{TABLE}" (id bigint not null, number integer, name varchar(200), amount numeric(28,8), '
            "created timestamp(6), active boolean)")
PG_KEYS = (f'alter table "{TABLE}" add primary key (id)', f'create index order_name on "{TABLE}" (name)')
SETTINGS = """SET DATABASE UNIQUE NAME HSQLDB0123456789
SET DATABASE TRANSACTION CONTROL MVCC
SET FILES WRITE DELAY 1
SET FILES SCALE 32
SET FILES LOB SCALE 32
CREATE USER SA PASSWORD DIGEST 'd41d8cd98f00b204e9800998ecf8427e'
ALTER USER SA SET LOCAL TRUE
CREATE SCHEMA PUBLIC AUTHORIZATION DBA
"""
SCHEMA = f"""CREATE MEMORY TABLE PUBLIC."{TABLE}"("id" BIGINT NOT NULL PRIMARY KEY,"number" INTEGER,\
"name" VARCHAR(200) COLLATE SQL_TEXT_UCC,"amount" DECIMAL(28,8),"created" TIMESTAMP,"active" BOOLEAN)
CREATE INDEX "order_name" ON PUBLIC."{TABLE}"("name")
SET DATABASE DEFAULT INITIAL SCHEMA PUBLIC
GRANT DBA TO SA
SET SCHEMA SYSTEM_LOBS
INSERT INTO BLOCKS VALUES(0,2147483647,0)
SET SCHEMA PUBLIC
"""
PROPERTIES = "#HSQL Database Engine 2.7.1\nversion=2.7.1\nmodified=no\ntx_timestamp=0\n"


def line(n):
    """The n-th row; every tenth text has characters that a script escapes."""
    key, cents = 3_377_699_720_527_872 + n * 128 + n % 89, n * 7919 % 10_000_000
    second = n % 86400
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{n % 1000:03}000"
    name = f"M\\u00fcller & S\\u00f6hne {n}" if n % 10 == 0 else f"Order {n} of customer {n % 5000}"
    return (f"INSERT INTO \"{TABLE}\" VALUES({key},{n % 1000},'{name}',{cents // 100}.{cents % 100:02}000000,"
            f"'20{10 + n % 15}-{n % 12 + 1:02}-{n % 28 + 1:02} {clock}',{'TRUE' if n % 3 else 'FALSE'})\n")


def script_path(folder):
    return os.path.join(folder, "hsqldb", NAME, NAME + ".script")


def make(folder, rows):
    """Writes script and properties; the script's size in bytes."""
    path = script_path(folder)
    os.makedirs(os.path.dirname(path))
    with open(path, "w", encoding="ascii") as script:
        script.write(SETTINGS + SCHEMA)
        script.writelines(map(line, range(rows)))
    with open(path.removesuffix("script") + "properties", "w", encoding="ascii") as properties:
        properties.write(PROPERTIES)
    return os.path.getsize(path)


def rows_of(path, prefix=b""):
    with open(path, "rb") as file:
        return sum(line.startswith(prefix) for line in file)
