//! Micro-benchmarks: decode, encode and hash by type family, splice, and whole lanes without servers.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use dbferry::Result;
use dbferry::benching::{self, FAMILIES, LANES, Stage};
use std::time::Duration;

/// Long enough for a stable median, so short that all of them take a few minutes.
const MEASURE: Duration = Duration::from_millis(800);
const WARM_UP: Duration = Duration::from_millis(200);
const SAMPLES: usize = 20;

fn add(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, stage: Result<Stage>) {
    let mut stage = stage.unwrap_or_else(|error| panic!("{name}: {error}"));
    group.throughput(Throughput::ElementsAndBytes { elements: stage.elements, bytes: stage.bytes });
    group.bench_function(name, |b| b.iter(|| stage.run().unwrap_or_else(|error| panic!("{name}: {error}"))));
}

fn families(c: &mut Criterion, group: &str, stage: impl Fn(&str) -> Result<Stage>) {
    let mut group = c.benchmark_group(group);
    for family in FAMILIES {
        add(&mut group, family, stage(family));
    }
}

fn stages(c: &mut Criterion) {
    for engine in benching::engines() {
        families(c, &format!("decode/{engine}"), |family| benching::decode(engine, family));
        families(c, &format!("encode/{engine}"), |family| benching::encode(engine, family));
    }
    families(c, "hash", benching::hash);
    let mut group = c.benchmark_group("splice");
    for (name, hashed) in [("plain", false), ("hashed", true)] {
        add(&mut group, name, benching::splice(hashed));
    }
}

fn lanes(c: &mut Criterion) {
    for (source, target) in LANES {
        let mut group = c.benchmark_group(format!("lane/{source} to {target}"));
        for (name, hashed) in [("plain", false), ("hashed", true)] {
            let mut lane = benching::lane(source, target, hashed).unwrap_or_else(|error| panic!("{source}: {error}"));
            group.throughput(Throughput::ElementsAndBytes { elements: lane.rows, bytes: lane.bytes });
            group.bench_function(name, |b| b.iter(|| lane.run().unwrap_or_else(|error| panic!("{name}: {error}"))));
        }
    }
}

fn short() -> Criterion {
    Criterion::default().measurement_time(MEASURE).warm_up_time(WARM_UP).sample_size(SAMPLES)
}

criterion_group!(name = benches; config = short(); targets = stages, lanes);
criterion_main!(benches);
