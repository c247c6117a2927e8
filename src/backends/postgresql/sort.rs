//! How much memory and how many processes the server sorts an index's rows with.

use crate::backends::Room;

/// Rows that the processor's cache holds sort a quarter faster than those that only memory holds.
const CACHED: u64 = 8 << 20;
/// What each sorted part takes of the memory while all are merged (tuplesort.c: `MERGE_BUFFER_SIZE` of 32 blocks,
/// `TAPE_BUFFER_OVERHEAD` of one).
const MERGE_BUFFER: u64 = 33 * 8192;

/// Settings of the session for an index build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    /// KiB; `None` for as much as the server allows, and no less than 256 MiB.
    memory: Option<u64>,
    /// Further processes.
    helpers: usize,
}

impl Sort {
    /// Keys mostly arrive in their order, which needs no sorting in all the memory there is; processes that share a
    /// build need memory each, and exchange their rows through files, which pays only where cores idle.
    pub(super) fn of(statement: &str, room: Room) -> Sort {
        let scattered = statement.starts_with("CREATE INDEX");
        let memory = (scattered && room.idle == 0).then(|| merged_at_once(room.bytes) >> 10);
        Sort { memory, helpers: room.idle }
    }

    /// Statement that sets them; never more processes than the server's own setting.
    pub(super) fn settings(&self) -> String {
        let most = "greatest(memory.reset_val::bigint, 262144)";
        let memory = self.memory.map_or(most.to_string(), |memory| format!("least({memory}, {most})"));
        format!(
            "SELECT pg_catalog.set_config('maintenance_work_mem', {memory} || 'kB', false), \
             pg_catalog.set_config('max_parallel_maintenance_workers', least(helpers.reset_val::int, {})::text, false) \
             FROM pg_catalog.pg_settings memory, pg_catalog.pg_settings helpers \
             WHERE memory.name = 'maintenance_work_mem' AND helpers.name = 'max_parallel_maintenance_workers'",
            self.helpers
        )
    }
}

/// The least memory with which all sorted parts of so many bytes are merged in one go. Bytes both; twice the table,
/// because what is sorted can be larger than narrow rows are.
fn merged_at_once(bytes: u64) -> u64 {
    (bytes.saturating_mul(2).saturating_mul(MERGE_BUFFER).isqrt()).max(CACHED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_grows_so_that_one_merge_is_enough() {
        assert_eq!(merged_at_once(0), CACHED);
        for bytes in [1 << 30, 1 << 35, 1 << 40] {
            let memory = merged_at_once(bytes);
            let parts = 2 * bytes / memory;
            assert!(parts * MERGE_BUFFER <= memory + MERGE_BUFFER, "{bytes}: {parts} parts in {memory}");
        }
        assert!(merged_at_once(u64::MAX) > 1 << 30);
    }

    #[test]
    fn only_scattered_keys_are_sorted_in_the_cache() {
        let room = |idle| Room { idle, bytes: 1 << 20 };
        assert_eq!(Sort::of("CREATE INDEX i ON t (a)", room(0)), Sort { memory: Some(8192), helpers: 0 });
        assert_eq!(Sort::of("CREATE INDEX i ON t (a)", room(1)), Sort { memory: None, helpers: 1 });
        assert_eq!(Sort::of("CREATE UNIQUE INDEX i ON t (a)", room(0)), Sort { memory: None, helpers: 0 });
    }
}
