//! What was measured, beside its goal.

use serde::Serialize;
use std::fmt;

/// One number of the product.
#[derive(Debug, PartialEq)]
pub struct Metric {
    /// What is measured.
    pub name: &'static str,
    /// In which unit.
    pub unit: &'static str,
    /// What it should be.
    pub goal: Goal,
}

/// What a number should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// At most so many times the baseline's.
    RatioAtMost(f64),
    /// At least so many times the baseline's.
    RatioAtLeast(f64),
    /// At most so many units.
    AtMost(f64),
    /// No goal was set.
    Open,
}

/// A metric's samples, one a round.
#[derive(Default)]
pub(super) struct Samples(Vec<(&'static Metric, Vec<f64>, Vec<f64>)>);

impl Samples {
    /// Adds one round's numbers.
    pub(super) fn add(&mut self, metric: &'static Metric, ours: f64, plain: f64) {
        let found = self.0.iter_mut().find(|(known, ..)| *known == metric);
        match found {
            Some((_, all_ours, all_plain)) => {
                all_ours.push(ours);
                all_plain.push(plain);
            }
            None => self.0.push((metric, vec![ours], vec![plain])),
        }
    }

    /// The medians, in the order in which the metrics were first added.
    pub(super) fn report(self) -> Report {
        let rows = self
            .0
            .into_iter()
            .map(|(metric, ours, plain)| Row::new(metric, median(ours), median(plain)));
        Report(rows.collect())
    }
}

/// All rows of a run.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Report(pub Vec<Row>);

/// A metric's medians.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What was measured.
    pub metric: &'static str,
    /// In which unit.
    pub unit: &'static str,
    /// Our median.
    pub ours: f64,
    /// The baseline's.
    pub plain: f64,
    /// Ours by the baseline's.
    pub ratio: f64,
    /// The goal in words.
    pub goal: String,
    /// Whether it is met; `None` where no goal was set.
    pub met: Option<bool>,
}

impl Row {
    fn new(metric: &Metric, ours: f64, plain: f64) -> Self {
        let ratio = ours / plain;
        let (goal, met) = match metric.goal {
            Goal::RatioAtMost(most) => (format!("ratio <= {most}"), Some(ratio <= most)),
            Goal::RatioAtLeast(least) => (format!("ratio >= {least}"), Some(ratio >= least)),
            Goal::AtMost(most) => (format!("<= {most} {}", metric.unit), Some(ours <= most)),
            Goal::Open => ("none".into(), None),
        };
        Self {
            metric: metric.name,
            unit: metric.unit,
            ours,
            plain,
            ratio,
            goal,
            met,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.iter().map(|row| row.metric.len()).max().unwrap_or(0);
        writeln!(
            f,
            "{:name$}  {:>9}  {:>9}  {:9}  {:>6}  {:14}  met",
            "metric", "ours", "plain", "unit", "ratio", "goal"
        )?;
        for row in &self.0 {
            let met = row.met.map_or("-", |met| if met { "yes" } else { "no" });
            writeln!(
                f,
                "{:name$}  {:>9.3}  {:>9.3}  {:9}  {:>6.2}  {:14}  {met}",
                row.metric, row.ours, row.plain, row.unit, row.ratio, row.goal
            )?;
        }
        Ok(())
    }
}

/// The value that `share` of all (0 to 1) do not exceed.
pub(super) fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share) as usize;
    let at = at.min(values.len().saturating_sub(1));
    values.get(at).copied().unwrap_or(f64::NAN)
}

fn median(values: Vec<f64>) -> f64 {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    static FAST: Metric = Metric {
        name: "fast",
        unit: "ms",
        goal: Goal::RatioAtMost(1.2),
    };

    #[test]
    fn a_row_holds_medians_and_says_whether_their_ratio_meets_the_goal() {
        for (ours, met) in [([9.0, 1.2, 0.1], true), ([0.1, 1.3, 9.0], false)] {
            let mut samples = Samples::default();
            for sample in ours {
                samples.add(&FAST, sample, 1.0);
            }
            let Report(rows) = samples.report();
            assert_eq!(
                (rows.len(), rows[0].ours, rows[0].met),
                (1, ours[1], Some(met))
            );
        }
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values = vec![3.0, 1.0, 2.0, 4.0];
        assert_eq!(quantile(values.clone(), 0.0), 1.0);
        assert_eq!(quantile(values.clone(), 0.99), 4.0);
        assert_eq!(quantile(values, 1.0), 4.0);
    }
}
