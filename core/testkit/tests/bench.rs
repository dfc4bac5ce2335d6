//! The bench runs whole, and its counters stay where they are: they do not jitter, so they may fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

use companion_testkit::bench::{Sizes, measure};

/// The most that a counter may show, 5 % above what it shows; the report's goal for what is written is 40 kB. What 16
/// writers share depends on the machine's scheduling and has no ceiling here.
const CEILINGS: &[(&str, f64)] = &[
    ("commits a message, one by one", 1.0),
    ("written a message, one by one", 52.8),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_measured_and_no_counter_grew() {
    let sizes = Sizes {
        rounds: 1,
        messages: 96,
        threads: 4,
        thread: 25,
        opens: 1,
        pages: 4,
        hooks: 32,
    };
    let report = measure(&sizes, 1).await.unwrap();
    println!("{report}");
    for row in &report.0 {
        assert!(row.ours > 0.0 && row.plain > 0.0, "{row:?}");
    }
    for (metric, ceiling) in CEILINGS {
        let row = report.0.iter().find(|row| row.metric == *metric).unwrap();
        assert!(row.ours <= *ceiling, "{row:?}");
    }
}
