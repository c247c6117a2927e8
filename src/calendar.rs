//! Proleptic Gregorian calendar arithmetic on days since 1970-01-01.

/// Nanoseconds of a day.
pub const NANOS_PER_DAY: i64 = 86_400_000_000_000;

/// Days since 1970-01-01 of a civil date (Howard Hinnant's `days_from_civil`).
pub const fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (month as i32 + 9) % 12;
    let doy = (153 * mp + 2) / 5 + day as i32 - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// Civil date (year, month, day) of days since 1970-01-01 (Neri and Schneider's algorithm: products instead of divisions).
pub const fn civil_from_days(days: i32) -> (i32, u32, u32) {
    // Eras of 400 years that make all days positive.
    const ERAS: i64 = 14_704;
    let n = 4 * (days as i64 + 719_468 + ERAS * 146_097) as u64 + 3;
    let (century, day_of_century) = (n / 146_097, n % 146_097 / 4);
    let product = 2_939_745 * (4 * day_of_century + 3);
    let (year, day_of_year) = (100 * century + (product >> 32), (product & 0xFFFF_FFFF) / 2_939_745 / 4);
    let n = 2_141 * day_of_year as u32 + 197_913;
    let (month, day) = (n >> 16, (n & 0xFFFF) / 2_141 + 1);
    // Years begin in March here.
    let next = day_of_year >= 306;
    let year = year as i64 - 400 * ERAS + if next { 1 } else { 0 };
    (year as i32, if next { month - 12 } else { month }, day)
}

/// Days in a month.
pub const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether the fields name a day that exists.
pub const fn is_valid(year: i32, month: u32, day: u32) -> bool {
    month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month)
}

/// Days since 1970-01-01 of `YYYY-MM-DD`, if such a day exists.
pub fn parse_date(text: &str) -> Option<i32> {
    let mut parts = text.splitn(3, '-');
    let year: i32 = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)? as u32;
    let day = digits(parts.next()?, 2)? as u32;
    is_valid(year, month, day).then(|| days_from_civil(year, month, day))
}

fn digits(text: &str, width: usize) -> Option<i32> {
    (text.len() == width && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_range_round_trips() {
        for days in (-1_000_000..3_000_000).step_by(13) {
            let (y, m, d) = civil_from_days(days);
            assert!(is_valid(y, m, d));
            assert_eq!(days_from_civil(y, m, d), days);
        }
    }

    #[test]
    fn known_days() {
        assert_eq!(days_from_civil(1970, 1, 1), 0);
        assert_eq!(days_from_civil(2000, 1, 1), 10_957);
        assert_eq!(days_from_civil(9999, 12, 31), 2_932_896);
        assert_eq!(days_from_civil(1, 1, 1), -719_162);
        assert_eq!(civil_from_days(-719_163), (0, 12, 31));
        assert_eq!(civil_from_days(i32::MAX), (5_881_580, 7, 11));
        assert_eq!(civil_from_days(i32::MIN), (-5_877_641, 6, 23));
        assert_eq!(parse_date("2024-02-29"), Some(19_782));
        assert_eq!(parse_date("2023-02-29"), None);
    }
}
