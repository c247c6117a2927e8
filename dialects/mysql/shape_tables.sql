-- When each table of the database was made or last altered. TRUNCATE does not show here; snapshots refuse such tables.
SELECT TABLE_NAME, CREATE_TIME
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'
