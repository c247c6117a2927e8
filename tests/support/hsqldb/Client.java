import java.io.*;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.sql.*;
import java.time.*;
import java.util.*;

/** The suite's client: one process that, for each request, opens a database, runs a script and shuts the database down. */
public class Client {
    static final PrintStream OUT = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);

    /** A request is a line `path TAB file`; its answer ends with a line that begins with U+0001: `ok`, or what went wrong. */
    public static void main(String[] args) throws Exception {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = requests.readLine()) != null; ) {
            String[] parts = line.split("\t");
            String end = "ok";
            try { work(parts[0], Files.readString(Paths.get(parts[1]))); }
            catch (Throwable t) { end = String.valueOf(t.getMessage()).replaceAll("[\r\n]", " "); }
            OUT.println("\u0001" + end);
            OUT.flush();
        }
    }

    static void work(String path, String script) throws Exception {
        try (Connection c = DriverManager.getConnection("jdbc:hsqldb:file:" + path, "SA", "")) {
            try { for (String sql : statements(script)) step(c, sql); }
            finally { try (Statement s = c.createStatement()) { s.execute("SHUTDOWN"); } }
        }
    }

    /** Cuts at semicolons that stand outside of quotes and comments. */
    static List<String> statements(String script) {
        List<String> all = new ArrayList<>();
        StringBuilder one = new StringBuilder();
        char quote = 0;
        for (int i = 0; i < script.length(); i++) {
            char x = script.charAt(i);
            if (quote == 0 && script.startsWith("--", i)) { while (i < script.length() && script.charAt(i) != '\n') i++; one.append('\n'); continue; }
            if (quote == 0 && (x == '\'' || x == '"')) quote = x; else if (x == quote) quote = 0;
            if (x == ';' && quote == 0) { all.add(one.toString().trim()); one.setLength(0); } else one.append(x);
        }
        all.add(one.toString().trim());
        all.removeIf(String::isEmpty);
        return all;
    }

    static void step(Connection c, String sql) throws Exception {
        if (sql.equals("@COLUMNS")) { columns(c); return; }
        if (sql.equals("@STRUCTURE")) { Structure.print(c, OUT); return; }
        if (sql.startsWith("@ROWS ")) { String[] w = sql.split(" ", 3); rows(c, w[1], w[2]); return; }
        try (Statement s = c.createStatement()) {
            if (!s.execute(sql)) return;
            ResultSet r = s.getResultSet();
            int n = r.getMetaData().getColumnCount();
            while (r.next()) {
                StringJoiner line = new StringJoiner("|");
                for (int i = 1; i <= n; i++) { String v = r.getString(i); line.add(v == null ? "" : v); }
                OUT.println(line);
            }
        }
    }

    static List<String> tables(Connection c) throws SQLException {
        List<String> names = new ArrayList<>();
        ResultSet r = c.getMetaData().getTables(null, "PUBLIC", null, new String[] {"TABLE"});
        while (r.next()) names.add(r.getString("TABLE_NAME"));
        return names;
    }

    static String quote(String name) { return "\"" + name.replace("\"", "\"\"") + "\""; }

    /** Table, column and type in hexadecimal digits. */
    static void columns(Connection c) throws SQLException {
        for (String table : tables(c)) {
            try (Statement s = c.createStatement()) {
                ResultSetMetaData m = s.executeQuery("SELECT * FROM PUBLIC." + quote(table) + " WHERE FALSE").getMetaData();
                for (int i = 1; i <= m.getColumnCount(); i++) {
                    OUT.println(hex(table) + "|" + hex(m.getColumnName(i)) + "|" + hex(m.getColumnTypeName(i).toLowerCase(Locale.ROOT)));
                }
            }
        }
    }

    /** A number, then the normal text of each column in hexadecimal digits, `~` for NULL. */
    static void rows(Connection c, String number, String table) throws SQLException {
        try (Statement s = c.createStatement()) {
            ResultSet r = s.executeQuery("SELECT * FROM PUBLIC." + table);
            ResultSetMetaData m = r.getMetaData();
            while (r.next()) {
                StringBuilder line = new StringBuilder(number);
                for (int i = 1; i <= m.getColumnCount(); i++) line.append('|').append(r.getObject(i) == null ? "~" : value(r, i, m.getColumnTypeName(i)));
                OUT.println(line);
            }
        }
    }

    static String value(ResultSet r, int i, String type) throws SQLException {
        if (type.endsWith("ARRAY")) return hex(Oracle.array(r.getArray(i)));
        switch (type) {
            case "BINARY": case "VARBINARY": case "BLOB": return hex(r.getBytes(i));
            case "BOOLEAN": return hex(r.getBoolean(i) ? "1" : "0");
            case "DECIMAL": case "NUMERIC": return hex(r.getBigDecimal(i).toPlainString());
            case "DOUBLE": return hex(Double.toString(r.getDouble(i)));
            case "TIMESTAMP WITH TIME ZONE": return hex(utc(r, i));
            default: return hex(r.getString(i));
        }
    }

    /** Fields of the calendar decide: only values with another offset than UTC's are converted. */
    static String utc(ResultSet r, int i) throws SQLException {
        String text = r.getString(i);
        if (text.endsWith("+0:00")) return text.substring(0, text.length() - 5) + "+00";
        LocalDateTime local = r.getObject(i, OffsetDateTime.class).withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime();
        return local.toLocalDate() + " " + local.toLocalTime().format(java.time.format.DateTimeFormatter.ofPattern("HH:mm:ss.nnnnnnnnn")) + "+00";
    }

    static String hex(String text) { return hex(text.getBytes(StandardCharsets.UTF_8)); }

    static String hex(byte[] bytes) { return java.util.HexFormat.of().formatHex(bytes); }

    /** Keys, indexes and constraints, spelled as for the other databases. */
    static class Structure {
        static void print(Connection c, PrintStream out) throws SQLException {
            DatabaseMetaData m = c.getMetaData();
            for (String table : tables(c)) {
                Set<String> keys = foreignKeys(m, table, out);
                indexes(m, table, keys, out);
                ResultSet r = m.getColumns(null, "PUBLIC", null, null);
                while (r.next()) {
                    if (!r.getString("TABLE_NAME").equals(table)) continue;
                    if (r.getInt("NULLABLE") == DatabaseMetaData.columnNoNulls) out.println("not null " + table + "." + r.getString("COLUMN_NAME"));
                    if (r.getString("REMARKS") != null) out.println("comment " + table + "." + r.getString("COLUMN_NAME") + " " + r.getString("REMARKS"));
                }
            }
            lines(c, out, "SELECT 'check ' || t.TABLE_NAME || ' ' || k.CHECK_CLAUSE FROM INFORMATION_SCHEMA.CHECK_CONSTRAINTS k JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS t ON t.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND t.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA WHERE k.CONSTRAINT_SCHEMA = 'PUBLIC' AND k.CHECK_CLAUSE NOT LIKE '% IS NOT NULL'");
            lines(c, out, "SELECT 'sequence ' || SEQUENCE_NAME FROM INFORMATION_SCHEMA.SYSTEM_SEQUENCES WHERE SEQUENCE_SCHEMA = 'PUBLIC' AND SEQUENCE_NAME NOT LIKE 'SYS_SEQ_%'");
            lines(c, out, "SELECT 'comment ' || TABLE_NAME || '. ' || REMARKS FROM INFORMATION_SCHEMA.SYSTEM_TABLES WHERE TABLE_SCHEM = 'PUBLIC' AND TABLE_TYPE = 'TABLE' AND REMARKS IS NOT NULL");
        }

        static void lines(Connection c, PrintStream out, String sql) throws SQLException {
            try (Statement s = c.createStatement()) { ResultSet r = s.executeQuery(sql); while (r.next()) out.println(r.getString(1)); }
        }

        /** Indexes that the engine makes for foreign keys bear their names; they are left out. */
        static void indexes(DatabaseMetaData m, String table, Set<String> keys, PrintStream out) throws SQLException {
            Map<String, String> found = new TreeMap<>();
            ResultSet r = m.getPrimaryKeys(null, "PUBLIC", table);
            TreeMap<Integer, String> key = new TreeMap<>();
            while (r.next()) key.put(r.getInt("KEY_SEQ"), r.getString("COLUMN_NAME"));
            String primary = String.join(", ", key.values());
            if (!primary.isEmpty()) out.println("primary key " + table + " (" + primary + ")");
            r = m.getIndexInfo(null, "PUBLIC", table, false, true);
            Map<String, Boolean> unique = new TreeMap<>();
            while (r.next()) {
                String name = r.getString("INDEX_NAME");
                unique.put(name, !r.getBoolean("NON_UNIQUE"));
                found.merge(name, r.getString("COLUMN_NAME") + ("D".equals(r.getString("ASC_OR_DESC")) ? " desc" : ""), (a, b) -> a + ", " + b);
            }
            found.forEach((name, columns) -> {
                boolean own = keys.contains(name) || name.startsWith("SYS_IDX_") && !unique.get(name);
                if (!own && !(unique.get(name) && columns.equals(primary))) out.println((unique.get(name) ? "unique " : "index ") + table + " (" + columns + ")");
            });
        }

        static Set<String> foreignKeys(DatabaseMetaData m, String table, PrintStream out) throws SQLException {
            Map<String, String[]> found = new TreeMap<>();
            ResultSet r = m.getImportedKeys(null, "PUBLIC", table);
            while (r.next()) {
                String[] key = found.computeIfAbsent(r.getString("FK_NAME"), n -> new String[5]);
                key[0] = key[0] == null ? r.getString("FKCOLUMN_NAME") : key[0] + ", " + r.getString("FKCOLUMN_NAME");
                key[1] = r.getString("PKTABLE_NAME");
                key[2] = key[2] == null ? r.getString("PKCOLUMN_NAME") : key[2] + ", " + r.getString("PKCOLUMN_NAME");
                key[3] = "crnad".substring(r.getInt("DELETE_RULE")).substring(0, 1);
                key[4] = "crnad".substring(r.getInt("UPDATE_RULE")).substring(0, 1);
            }
            for (String[] k : found.values()) out.println("foreign key " + table + " (" + k[0] + ") to " + k[1] + " (" + k[2] + ") delete " + k[3] + " update " + k[4]);
            return found.keySet();
        }
    }
}
