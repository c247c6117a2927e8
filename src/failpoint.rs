//! Named places where the fault tests make a run die or fail. Release builds have none of it.

/// Where the name of the fail point stands: `NAME[:N]`, the N-th time it is reached.
#[cfg(debug_assertions)]
const VARIABLE: &str = "DBFERRY_TEST_FAILPOINT";

/// Ends the process as a power cut would when the fault tests ask for it here.
#[cfg(debug_assertions)]
pub(crate) fn reach(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    static WANTED: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static REACHED: AtomicU32 = AtomicU32::new(0);
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var(VARIABLE).ok()?;
        let (name, times) = text.split_once(':').unwrap_or((text.as_str(), "1"));
        Some((name.to_string(), times.parse().unwrap_or(1)))
    });
    if let Some((wanted, times)) = wanted
        && wanted == name
        && REACHED.fetch_add(1, Ordering::SeqCst) + 1 == *times
    {
        // No destructor runs, nothing is flushed, connections just end.
        std::process::abort();
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub(crate) fn reach(_name: &str) {}
