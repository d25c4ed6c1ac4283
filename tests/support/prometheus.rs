//! Prometheus' own judgement of metrics: `promtool`, and the strict parser of OpenMetrics in Python.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

use super::python::python;

/// What `promtool check metrics` says of a file.
pub fn promtool(file: &Path) -> Output {
    let mut command = Command::new("promtool");
    command
        .args(["check", "metrics"])
        .stdin(File::open(file).expect("metrics"));
    let output = command.output();
    output.expect("promtool, which `tests/run` installs")
}

/// Parses a file as OpenMetrics and prints the samples.
const STRICT: &str = "
import sys
from prometheus_client.openmetrics.parser import text_fd_to_metric_families
with open(sys.argv[1], encoding='utf-8') as file:
    for family in text_fd_to_metric_families(file):
        for sample in family.samples:
            labels = ','.join(f'{key}={value}' for key, value in sorted(sample.labels.items()))
            print(family.type, family.unit or '-', f'{sample.name}{{{labels}}}', sample.value)
";

/// The samples of a file in OpenMetrics, one a line: type, unit, name with labels, value. The file must be valid.
pub fn samples(file: &Path) -> String {
    let mut command = Command::new(python());
    command.args(["-c", STRICT]).arg(file);
    let output = command.output().expect("Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", file.display());
    String::from_utf8(output.stdout).expect("samples are UTF-8")
}
