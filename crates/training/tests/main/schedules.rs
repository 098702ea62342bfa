use crate::golden::json;
use musiclime_training::{Schedule, ScheduleShape};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    shape: ScheduleShape,
    warm_up: usize,
    total: usize,
    factors: Vec<f64>,
}

#[test]
fn schedules_equal_transformers_at_every_step() {
    let cases: Vec<Case> = json("schedules.json");
    assert_eq!(cases.len(), 12);
    let mut most = 0.0f64;
    for case in cases {
        let schedule = Schedule {
            shape: case.shape,
            warm_up_steps: case.warm_up,
            total_steps: case.total,
        };
        for (step, expected) in case.factors.iter().enumerate() {
            let d = (schedule.factor(step) - expected).abs();
            assert!(d < 1e-12, "{schedule:?}, step {step}: {d:e}");
            most = most.max(d);
        }
    }
    println!("schedules: {most:.1e}");
    let ended = Schedule {
        shape: ScheduleShape::Cosine,
        warm_up_steps: 2,
        total_steps: 9,
    };
    assert_eq!([ended.factor(9), ended.factor(12)], [0.0, 0.0]);
}
