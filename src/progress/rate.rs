//! Smoothed speeds, so that neither a figure nor an ETA jumps with every chunk.

/// Seconds after which a change of speed has had about two thirds of its effect.
const MEMORY: f64 = 6.0;
/// Seconds below which a speed is noise.
const WARM_UP: f64 = 0.5;

/// Exponentially smoothed speed of a counter that only grows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    start: Option<f64>,
    at: f64,
    value: f64,
    weighted: f64,
    weight: f64,
}

impl Rate {
    /// Takes the counter's value at a time in seconds.
    pub(super) fn sample(&mut self, at: f64, value: f64) {
        if self.start.is_none() {
            *self = Rate { start: Some(at), at, value, ..Rate::default() };
            return;
        }
        let passed = at - self.at;
        if passed <= 0.0 {
            return;
        }
        let keep = (-passed / MEMORY).exp();
        let speed = (value - self.value).max(0.0) / passed;
        self.weighted = self.weighted * keep + speed * (1.0 - keep);
        // Without dividing by the weight, the speed would creep up from nothing.
        self.weight = self.weight * keep + (1.0 - keep);
        (self.at, self.value) = (at, value);
    }

    /// Units per second; `None` until there is something to go by.
    pub(super) fn per_second(&self) -> Option<f64> {
        let seen = self.at - self.start?;
        (seen >= WARM_UP && self.weighted > 0.0).then(|| self.weighted / self.weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_speed_is_right_from_the_start() {
        let mut rate = Rate::default();
        for i in 0..10 {
            rate.sample(f64::from(i) * 0.1, f64::from(i) * 50.0);
        }
        assert!((rate.per_second().unwrap() - 500.0).abs() < 1e-6);
    }

    #[test]
    fn a_pause_lowers_the_speed_slowly() {
        let mut rate = Rate::default();
        for i in 0..100 {
            rate.sample(f64::from(i) * 0.1, f64::from(i) * 100.0);
        }
        rate.sample(10.9, 9_900.0);
        let speed = rate.per_second().unwrap();
        assert!((800.0..1_000.0).contains(&speed), "{speed}");
    }

    #[test]
    fn nothing_is_claimed_too_early() {
        let mut rate = Rate::default();
        rate.sample(0.0, 0.0);
        rate.sample(0.1, 1_000.0);
        assert_eq!(rate.per_second(), None);
        rate.sample(0.1, 2_000.0);
        assert_eq!(Rate::default().per_second(), None);
    }
}
