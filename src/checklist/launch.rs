//! `[launch]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Digest, Words, Zone};
use crate::model::launch::Artifact;
use crate::model::{Instant, Launch};

/// What is being launched, and when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct LaunchKeys {
    /// The name of what is being launched.
    name: Words,
    /// Its version, commit or tag.
    version: Option<String>,
    /// The commit it was built from.
    commit: Option<String>,
    /// Who is responsible for the launch.
    owner: Option<String>,
    /// T-0, the instant of the launch. Default: the start of the run.
    at: Option<Instant>,
    /// IANA time zones in which reports show T-0, beside UTC.
    #[serde(default)]
    time_zones: Vec<Zone>,
    /// Exactly what is rolled out.
    artifact: Option<ArtifactKeys>,
}

/// What is rolled out, named so that an auditor can find it again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ArtifactKeys {
    /// The name of the image, package or binary.
    name: Words,
    /// Its digest: `sha256:` and 64 hexadecimal digits.
    digest: Digest,
}

impl From<LaunchKeys> for Launch {
    fn from(keys: LaunchKeys) -> Self {
        Self {
            name: keys.name.0,
            version: keys.version.filter(|version| !version.trim().is_empty()),
            commit: keys.commit.filter(|commit| !commit.trim().is_empty()),
            owner: keys.owner.filter(|owner| !owner.trim().is_empty()),
            at: keys.at.map(|at| at.0),
            time_zones: keys.time_zones.into_iter().map(|zone| zone.0).collect(),
            artifact: keys.artifact.map(|artifact| Artifact {
                name: artifact.name.0,
                digest: artifact.digest.0,
            }),
        }
    }
}
