//! The dashboard and the alert rules of the documents, by Prometheus's own tool, and beside what the server serves.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use axum::http::StatusCode;
use microraiden::paywall::{Metrics, ServerOptions};
use microraiden::receiver::Store;
use serde_json::Value;
use tempfile::TempDir;

use crate::metrics::scrape;
use crate::read_only::ReadOnly;
use crate::seller::{options, payment, receiver_over, request, send, server, store};

const DASHBOARD: &str = include_str!("../../docs/grafana.json");
const ALERTS: &str = include_str!("../../docs/alerts.yml");
const STEPS: &str = include_str!("../../docs/operations.md");

fn promtool(arguments: &[&str]) {
    let mut command = Command::new("promtool");
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments);
    let output = command
        .output()
        .expect("promtool is missing; install it with: apt-get install prometheus");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{said}");
}

/// Each expression of the dashboard, with what Grafana puts in for its variables.
fn expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels
        .iter()
        .filter_map(|panel| panel["targets"].as_array());
    let expressions = targets.flatten().map(|target| {
        let text = target["expr"].as_str().expect("an expression");
        let text = text.replace("$__rate_interval", "1m");
        text.replace("$instance", ".*")
    });
    expressions.collect()
}

#[test]
fn each_expression_of_the_dashboard_can_be_read() {
    let expressions = expressions();
    assert!(expressions.len() > 20);
    let mut rules = "groups:\n  - name: dashboard\n    rules:\n".to_owned();
    for (number, expression) in expressions.iter().enumerate() {
        assert!(!expression.contains('$'), "{expression}");
        let text = Value::String(expression.clone());
        writeln!(rules, "      - {{ record: r{number}, expr: {text} }}").expect("a string");
    }
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("rules.yml");
    std::fs::write(&file, rules).expect("written");
    promtool(&["check", "rules", file.to_str().expect("text")]);
}

#[test]
fn the_alerts_are_raised_when_they_should_be() {
    promtool(&["check", "rules", "--lint-fatal", "docs/alerts.yml"]);
    promtool(&["test", "rules", "tests/alerts/alerts.test.yml"]);
    let names = |text: &str| {
        let all = text.split(|c: char| !c.is_ascii_alphanumeric());
        let all = all.filter(|word| word.len() > 11 && word.starts_with("Microraiden"));
        all.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alerts/alerts.test.yml");
    let tests = std::fs::read_to_string(tests).expect("read");
    assert_eq!(names(ALERTS), names(&tests), "each rule has a case");
}

#[test]
fn each_alert_names_a_step_of_the_operator() {
    let steps = ALERTS
        .lines()
        .filter_map(|line| line.trim().strip_prefix("step: "));
    let mut count = 0;
    for step in steps {
        count += 1;
        let heading = format!("### {}", step[..1].to_uppercase() + &step[1..]);
        assert!(STEPS.lines().any(|line| line == heading), "{heading}");
    }
    assert!(count > 10);
}

/// The names in the samples.
fn names(samples: &str) -> BTreeSet<String> {
    let samples = samples.lines().filter(|line| !line.starts_with('#'));
    let names = samples.filter_map(|line| line.split(['{', ' ']).next());
    names.map(str::to_owned).collect()
}

/// What a server serves that has sold, refused and failed.
async fn served() -> BTreeSet<String> {
    let metrics = Arc::new(Metrics::new());
    let over = |store: Arc<dyn Store>| receiver_over(metrics.measured(store));
    let receiver = over(Arc::new(store().await));
    let options = ServerOptions {
        metrics: Some(Arc::clone(&metrics)),
        ..options()
    };
    let app = server(&receiver, options);
    for (balance, expected) in [(3, StatusCode::OK), (4, StatusCode::PAYMENT_REQUIRED)] {
        let request = request("GET", "/doggo.jpg", &payment(balance).headers());
        assert_eq!(send(&app, request).await.0, expected);
    }
    let failing = over(Arc::new(ReadOnly(store().await)));
    let refused = failing.accept(&payment(3), crate::basics::units(3)).await;
    assert!(refused.is_err());
    // With sessions, as over a database.
    names(&scrape(&metrics, &failing).await)
}

#[tokio::test]
async fn each_metric_of_dashboard_and_alerts_is_served() {
    let served = served().await;
    assert!(served.len() > 25, "{served:?}");
    let mut used = BTreeSet::new();
    let expressions = expressions();
    for text in expressions.iter().map(String::as_str).chain([ALERTS]) {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        used.extend(words.filter(|word| word.starts_with("microraiden_")));
    }
    for name in &used {
        assert!(served.contains(*name), "{name} is not served: {served:?}");
    }
    // And the dashboard leaves out nothing.
    let parts = ["_sum", "_created"];
    for name in served
        .iter()
        .filter(|name| !parts.iter().any(|part| name.ends_with(part)))
    {
        assert!(DASHBOARD.contains(name.as_str()), "{name} is not shown");
    }
}
