import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.sql.*;
import java.util.*;

/** The real engine as oracle: makes databases, ends them in every state, and dumps them in a normal form. */
public class Oracle {
    public static void main(String[] args) {
        Thread watchdog = new Thread(() -> { try { Thread.sleep(180_000); } catch (InterruptedException e) { return; } Runtime.getRuntime().halt(3); });
        watchdog.setDaemon(true);
        watchdog.start();
        try { work(args); System.out.flush(); System.exit(0); }
        catch (Throwable t) { t.printStackTrace(); System.out.flush(); Runtime.getRuntime().halt(1); }
    }

    static void work(String[] args) throws Exception {
        Connection c = DriverManager.getConnection("jdbc:hsqldb:file:" + args[1] + ";hsqldb.lock_file=" + (args[0].equals("hold")), "SA", "");
        if (args[0].equals("dump")) { dump(c); run(c, "SHUTDOWN"); return; }
        for (String sql : new String(Files.readAllBytes(Paths.get(args[2])), StandardCharsets.UTF_8).split(";;\\s*\n")) {
            if (!sql.trim().isEmpty()) step(c, sql.trim());
        }
        if (args[0].equals("hold")) { System.out.println("HELD"); System.out.flush(); System.in.read(); }
        if (args[0].equals("kill")) { Thread.sleep(Long.parseLong(args[3])); System.out.flush(); Runtime.getRuntime().halt(0); }
        try { run(c, "SHUTDOWN"); } catch (SQLException e) { /* it is shut down already */ }
    }

    /** One step of a script: SQL, or one of a few commands that SQL cannot say. */
    static void step(Connection c, String sql) throws Exception {
        String[] words = sql.split("\\s+");
        if (words[0].equals("@FILL")) { fill(c, words[1], Integer.parseInt(words[2])); return; }
        if (words[0].equals("@TEXT")) { text(c, words[1], Integer.parseInt(words[2])); return; }
        if (words[0].equals("@LOBS")) { lobs(c, words[1], Integer.parseInt(words[2])); return; }
        if (words[0].equals("@SLEEP")) { Thread.sleep(Long.parseLong(words[1])); return; }
        try (Statement s = c.createStatement()) {
            if (s.execute(sql)) {
                ResultSet r = s.getResultSet();
                int n = r.getMetaData().getColumnCount();
                while (r.next()) { StringBuilder b = new StringBuilder(); for (int i = 1; i <= n; i++) b.append(i > 1 ? "," : "").append(r.getString(i)); System.out.println(b); }
            }
        } catch (SQLException e) { System.out.println("ERR " + e.getSQLState() + " " + e.getMessage()); }
    }

    static void run(Connection c, String sql) throws SQLException { try (Statement s = c.createStatement()) { s.execute(sql); } }

    /** Rows 1..n with text, so that many pages come and go. */
    static void fill(Connection c, String table, int n) throws SQLException {
        c.setAutoCommit(false);
        try (PreparedStatement s = c.prepareStatement("INSERT INTO " + table + " VALUES(?,?,?)")) {
            for (int i = 1; i <= n; i++) { s.setLong(1, i); s.setString(2, "row " + i + " " + "x".repeat(i % 200)); s.setBigDecimal(3, new BigDecimal(i).movePointLeft(3)); s.addBatch(); if (i % 500 == 0) { s.executeBatch(); c.commit(); } }
            if (n % 500 != 0) s.executeBatch();
        }
        c.commit();
        c.setAutoCommit(true);
    }

    /** One row whose text no SQL can spell: NUL, half pairs, every kind of escape. */
    static void text(Connection c, String table, int id) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO " + table + " VALUES(?,?)")) {
            String[] all = {"", " ", "it's", "a\\b", "\\u0041", "\\", "\\\\u", "line\nline\r\n\ttab", "nul\0nul", "\u00e4\u00f6\u00fc\u20ac", "\ud83d\ude00 pair", "\ud83d", "x\ude00y", "\u007f\u0080\u009f\u00a0", "trailing ", "\ufeff\uffff", "',(\"--/*;"};
            for (String one : all) { s.setInt(1, id++); s.setString(2, one); s.execute(); }
        }
    }

    /** Rows of large objects of many sizes: around a block, and of several blocks. */
    static void lobs(Connection c, String table, int id) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO " + table + " VALUES(?,?,?)")) {
            for (int n : new int[] {1, 16383, 16384, 16385, 32767, 32768, 32769, 100000}) {
                byte[] bytes = new byte[n];
                new Random(n).nextBytes(bytes);
                s.setInt(1, id++); s.setString(2, "\u00e9\ud83d\ude00x".repeat(n / 4 + 1).substring(0, n)); s.setBytes(3, bytes); s.execute();
            }
        }
    }

    static void dump(Connection c) throws SQLException {
        List<String[]> tables = new ArrayList<>();
        ResultSet r = c.getMetaData().getTables(null, "PUBLIC", null, new String[] {"TABLE"});
        while (r.next()) tables.add(new String[] {r.getString("TABLE_SCHEM"), r.getString("TABLE_NAME")});
        for (String[] t : tables) {
            List<String> lines = new ArrayList<>();
            ResultSet rows = c.createStatement().executeQuery("SELECT * FROM \"" + t[0] + "\".\"" + t[1].replace("\"", "\"\"") + "\"");
            ResultSetMetaData m = rows.getMetaData();
            while (rows.next()) {
                StringBuilder b = new StringBuilder();
                for (int i = 1; i <= m.getColumnCount(); i++) b.append(i > 1 ? "|" : "").append(normal(rows, i, m.getColumnTypeName(i)));
                lines.add(b.toString());
            }
            Collections.sort(lines);
            System.out.println("# " + hex(t[1]));
            lines.forEach(System.out::println);
        }
    }

    static String normal(ResultSet r, int i, String type) throws SQLException {
        if (r.getObject(i) == null) return "~";
        if (type.endsWith("ARRAY")) return hex(array(r.getArray(i)));
        if (type.startsWith("INTERVAL")) return interval(r.getString(i), type);
        switch (type) {
            case "DECIMAL": case "NUMERIC": { BigDecimal d = r.getBigDecimal(i); return d.signum() == 0 ? "0" : d.stripTrailingZeros().toPlainString(); }
            case "DOUBLE": case "FLOAT": case "REAL": return Long.toHexString(Double.doubleToLongBits(r.getDouble(i)));
            case "CHAR": case "CHARACTER": case "VARCHAR": case "CLOB": case "VARCHAR_IGNORECASE": return hex(r.getString(i));
            case "BINARY": case "VARBINARY": case "BLOB": { StringBuilder b = new StringBuilder(); for (byte x : r.getBytes(i)) b.append(String.format("%02x", x)); return b.toString(); }
            case "TIMESTAMP WITH TIME ZONE": { java.time.Instant t = r.getObject(i, java.time.OffsetDateTime.class).toInstant(); return t.getEpochSecond() + "." + String.format("%09d", t.getNano()); }
            case "TIMESTAMP": return trimmed(r.getString(i));
            case "TIME": case "TIME WITH TIME ZONE": { String s = r.getString(i); return (s.indexOf(':') == 1 ? "0" : "") + (type.equals("TIME") ? trimmed(s) : s); }
            default: return r.getString(i).toLowerCase();
        }
    }

    /** Without zeros at the end of a fraction. */
    static String trimmed(String s) { return s.contains(".") ? s.replaceAll("0+$", "").replaceAll("\\.$", "") : s; }

    static String array(Array a) throws SQLException {
        StringBuilder b = new StringBuilder("ARRAY[");
        Object[] all = (Object[]) a.getArray();
        for (int i = 0; i < all.length; i++) b.append(i > 0 ? "," : "").append(all[i] == null ? "NULL" : all[i] instanceof String ? "'" + ((String) all[i]).replace("'", "''") + "'" : all[i].toString());
        return b.append("]").toString();
    }

    /** Months, or seconds and nanoseconds. */
    static String interval(String s, String type) {
        boolean minus = s.startsWith("-");
        String[] p = (minus ? s.substring(1) : s).split("[ :-]");
        if (type.contains("MONTH") || type.contains("YEAR")) {
            long n = type.contains("YEAR") ? Long.parseLong(p[0]) * 12 + (p.length > 1 ? Long.parseLong(p[1]) : 0) : Long.parseLong(p[0]);
            return (minus ? "-" : "") + n + "mon";
        }
        String[] names = {"DAY", "HOUR", "MINUTE", "SECOND"};
        long[] units = {86400, 3600, 60, 1};
        int at = 0; while (!type.contains(names[at])) at++;
        BigDecimal sum = BigDecimal.ZERO;
        for (String part : p) sum = sum.add(new BigDecimal(part).multiply(BigDecimal.valueOf(units[at++])));
        return (minus ? "-" : "") + sum.movePointRight(9).toBigInteger() + "ns";
    }

    static String hex(String s) { StringBuilder b = new StringBuilder("t"); for (char x : s.toCharArray()) b.append(String.format("%04x", (int) x)); return b.toString(); }
}
