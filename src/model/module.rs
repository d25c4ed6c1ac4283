//! The contract between a check module and the rest of the house.
//!
//! An author implements [`Module`] with its own settings and observation types. Checklist, engine and command
//! line see [`AnyModule`] and [`Prepared`], in which those types are hidden; the bridge between the two is
//! at the end of this file and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::observation::{AnyNotebook, Format, Notebook};
use super::plan::{Answer, Plan};
use super::secret::{self, Secret};
use super::{Clock, Family, Judgement, Launch, LaunchFacts, Redactor, Rule};

/// A kind of check.
///
/// `probe` contacts the world and decides nothing; `judge` decides and contacts nothing.
pub trait Module: Send + Sync + 'static {
    /// The word after `module =` in a checklist.
    const NAME: &'static str;
    /// The text of the module's own `mod.rs`; its leading doc comment is the user documentation.
    const SOURCE: &'static str;
    /// A checklist with one check of this module, which loads as it is.
    const EXAMPLE: &'static str;
    /// What it judges. The part of an id before the slash is [`Self::NAME`].
    const RULES: &'static [Rule];
    /// The families of numbers that it measures.
    const MEASURES: &'static [Family] = &[];
    /// Keys of earlier versions, each with the place of its successor: (`ca-file`, `tls.ca-file`). An old key is
    /// an unknown key, and the error names the new place.
    const MOVED: &'static [(&'static str, &'static str)] = &[];
    /// What else people call it: a checklist that names one of these is pointed to this module.
    const ALSO_CALLED: &'static [&'static str] = &[];
    /// Number of the observation's format, raised when an older judge would misread a newer observation.
    const FORMAT: u32;

    /// The module's keys of a check. Derive `Deserialize` with `deny_unknown_fields` and kebab-case, and no
    /// `flatten` or `untagged`: they lose positions.
    type Settings: DeserializeOwned + Serialize + JsonSchema + Send + Sync;
    /// What the probe saw. Unknown fields are ignored when it is read back.
    type Observation: Default + Serialize + DeserializeOwned + Send + 'static;

    /// Rules that hold between settings, which their types cannot tell.
    fn review(_settings: &Self::Settings) -> Vec<Complaint> {
        Vec::new()
    }

    /// Why a check with these settings may not be attempted again, where it may not.
    fn no_retry(_settings: &Self::Settings) -> Option<NoRetry> {
        None
    }

    /// What a check with these settings will do. Contacts nothing.
    fn plan(settings: &Self::Settings) -> Plan;

    /// Looks, and writes down what it sees.
    ///
    /// The engine drops the future at the deadline; the notebook survives. Failures of single targets belong
    /// into the observation; an `Err` says that nothing at all could be looked at.
    fn probe(
        settings: &Self::Settings,
        context: &Context,
        notes: &Notebook<Self::Observation>,
    ) -> impl Future<Output = Result<(), ProbeError>> + Send;

    /// Decides, from these three arguments alone. What is missing in the observation is an error, not a
    /// failure: the probe may have been cut short.
    fn judge(
        settings: &Self::Settings,
        observation: &Self::Observation,
        facts: &LaunchFacts,
    ) -> Judgement;
}

/// What a probe is handed beside its settings.
#[derive(Clone, Debug)]
pub struct Context {
    /// When the engine will drop the probe.
    pub deadline: tokio::time::Instant,
    /// The check's timeout, of which `deadline` is the end.
    pub timeout: Duration,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// The name of what is launched.
    pub launch: Arc<Launch>,
    /// The folder of the checklist, from which relative paths count.
    pub folder: PathBuf,
    /// What a person answered to the plan's questions, by key.
    pub answers: Arc<BTreeMap<String, Answer>>,
    /// Strikes secrets. All that is in the notebook goes through it in the end; a probe that cuts text short, or
    /// looks for something in it, has to strike before the cut and to look before it strikes.
    pub redactor: Redactor,
}

impl Context {
    /// The deadline less a margin, in which what was seen can still be written down. A margin longer than half the
    /// timeout is cut to that.
    pub fn until(&self, margin: Duration) -> tokio::time::Instant {
        let margin = margin.min(self.timeout / 2);
        self.deadline.checked_sub(margin).unwrap_or(self.deadline)
    }
}

/// Why a probe could not look.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ProbeError {
    /// What could not be done, with the cause.
    pub message: String,
    /// How to fix it.
    pub hint: Option<String>,
}

impl ProbeError {
    /// An error without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// Says how to fix it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A rule between settings that a check breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The key to point at, one of a table with a dot ("query.tries"); the check itself where the key is absent.
    pub key: &'static str,
    /// What is wrong.
    pub problem: String,
    /// How to fix it.
    pub help: Option<String>,
}

impl Complaint {
    /// A complaint about a key.
    pub fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self {
            key,
            problem: problem.into(),
            help: None,
        }
    }

    /// What is wrong with a list that must have entries, each once.
    pub fn list<T: Ord + fmt::Display>(key: &'static str, entries: &[T]) -> Option<Self> {
        if entries.is_empty() {
            return Some(Self::new(key, "expected at least one entry"));
        }
        let mut met = BTreeSet::new();
        let twice = entries.iter().find(|entry| !met.insert(*entry))?;
        Some(Self::new(key, format!("\"{twice}\" is in the list twice")))
    }

    /// Says how to fix it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Why recorded data could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The observation was made by another format of the module.
    #[error("the observation has format {found}; this version of `{module}` reads format {reads}")]
    Format {
        /// The module.
        module: &'static str,
        /// The number in the observation.
        found: u32,
        /// The number this build reads.
        reads: u32,
    },
    /// The data does not have the shape of its format.
    #[error("cannot read the {part} of `{module}`: {source}")]
    Shape {
        /// `settings` or `observation`.
        part: &'static str,
        /// The module.
        module: &'static str,
        /// Where and why.
        source: serde_json::Error,
    },
}

/// A module whose types are hidden. Implemented for every [`Module`].
pub trait AnyModule: Send + Sync {
    /// See [`Module::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Module::SOURCE`].
    fn source(&self) -> &'static str;
    /// See [`Module::EXAMPLE`].
    fn example(&self) -> &'static str;
    /// See [`Module::RULES`].
    fn rules(&self) -> &'static [Rule];
    /// See [`Module::MEASURES`].
    fn measures(&self) -> &'static [Family];
    /// See [`Module::ALSO_CALLED`].
    fn also_called(&self) -> &'static [&'static str];
    /// See [`Module::MOVED`].
    fn moved(&self) -> &'static [(&'static str, &'static str)];
    /// The JSON Schema of the settings.
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;
    /// Decodes the module's keys of one check.
    ///
    /// # Errors
    /// The first thing wrong, with its span in the checklist.
    fn decode(&self, settings: toml::de::Deserializer<'_>) -> Result<Decoded, toml::de::Error>;
    /// Judges recorded settings and observation.
    ///
    /// # Errors
    /// When either cannot be read.
    fn judge(
        &self,
        settings: &RawValue,
        seen: &RawValue,
        facts: &LaunchFacts,
    ) -> Result<Judgement, JudgeError>;
}

/// What [`AnyModule::decode`] returns.
pub struct Decoded {
    /// The check, ready to run.
    pub prepared: Arc<dyn Prepared>,
    /// What [`Module::review`] said.
    pub complaints: Vec<Complaint>,
    /// What [`Module::no_retry`] said.
    pub no_retry: Option<NoRetry>,
}

/// Why a check may not be attempted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRetry {
    /// A second attempt would do harm or prove nothing, for this reason. That `[defaults]` asks for one is an error too.
    Refused(&'static str),
    /// A second attempt would see the same, for this reason. What `[defaults]` asks for passes the check by.
    Pointless(&'static str),
}

/// One check's settings, decoded, with all that can be done with them.
pub trait Prepared: Send + Sync {
    /// See [`Module::plan`].
    fn plan(&self) -> Plan;
    /// The settings for the record, secrets left out.
    fn settings(&self) -> &RawValue;
    /// The number in front of the observation.
    fn format(&self) -> u32;
    /// See [`Module::RULES`].
    fn rules(&self) -> &'static [Rule];
    /// See [`Module::MEASURES`].
    fn measures(&self) -> &'static [Family];
    /// The secrets that were decoded with the settings.
    fn secrets(&self) -> &[Secret];
    /// Begins to look.
    fn probe(self: Arc<Self>, context: Context) -> Probing;
    /// Judges as the record will be judged later: from the settings without secrets.
    ///
    /// # Errors
    /// When the observation cannot be read.
    fn judge(&self, observation: &RawValue, facts: &LaunchFacts) -> Result<Judgement, JudgeError>;
}

impl fmt::Debug for dyn Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.settings().get())
    }
}

/// A probe at work, and the notebook it writes into.
pub struct Probing {
    /// Drive this until it ends or is dropped.
    pub future: Pin<Box<dyn Future<Output = Result<(), ProbeError>> + Send>>,
    /// Read this whatever became of the future.
    pub notes: Arc<dyn AnyNotebook>,
}

struct Bound<M: Module> {
    settings: M::Settings,
    shown: Box<RawValue>,
    secrets: Vec<Secret>,
}

impl<M: Module> AnyModule for M {
    fn name(&self) -> &'static str {
        M::NAME
    }

    fn source(&self) -> &'static str {
        M::SOURCE
    }

    fn example(&self) -> &'static str {
        M::EXAMPLE
    }

    fn rules(&self) -> &'static [Rule] {
        M::RULES
    }

    fn measures(&self) -> &'static [Family] {
        M::MEASURES
    }

    fn also_called(&self) -> &'static [&'static str] {
        M::ALSO_CALLED
    }
    fn moved(&self) -> &'static [(&'static str, &'static str)] {
        M::MOVED
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<M::Settings>()
    }

    fn decode(&self, settings: toml::de::Deserializer<'_>) -> Result<Decoded, toml::de::Error> {
        let (settings, secrets) = secret::collect(|| M::Settings::deserialize(settings));
        let settings = settings?;
        let shown = serde_json::value::to_raw_value(&settings).map_err(serde::de::Error::custom)?;
        let complaints = M::review(&settings);
        let no_retry = M::no_retry(&settings);
        let bound = Bound::<M> {
            settings,
            shown,
            secrets,
        };
        Ok(Decoded {
            prepared: Arc::new(bound),
            complaints,
            no_retry,
        })
    }

    fn judge(
        &self,
        settings: &RawValue,
        seen: &RawValue,
        facts: &LaunchFacts,
    ) -> Result<Judgement, JudgeError> {
        judge::<M>(settings, seen, facts)
    }
}

impl<M: Module> Prepared for Bound<M> {
    fn plan(&self) -> Plan {
        M::plan(&self.settings)
    }

    fn settings(&self) -> &RawValue {
        &self.shown
    }

    fn format(&self) -> u32 {
        M::FORMAT
    }

    fn rules(&self) -> &'static [Rule] {
        M::RULES
    }

    fn measures(&self) -> &'static [Family] {
        M::MEASURES
    }

    fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    fn probe(self: Arc<Self>, context: Context) -> Probing {
        let notes = Arc::new(Notebook::<M::Observation>::default());
        let page = Arc::clone(&notes);
        let future = Box::pin(async move { M::probe(&self.settings, &context, &page).await });
        Probing { future, notes }
    }

    fn judge(&self, observation: &RawValue, facts: &LaunchFacts) -> Result<Judgement, JudgeError> {
        judge::<M>(&self.shown, observation, facts)
    }
}

fn judge<M: Module>(
    settings: &RawValue,
    seen: &RawValue,
    facts: &LaunchFacts,
) -> Result<Judgement, JudgeError> {
    let misread = |part| {
        move |source| JudgeError::Shape {
            part,
            module: M::NAME,
            source,
        }
    };
    let Format { format } = serde_json::from_str(seen.get()).map_err(misread("observation"))?;
    if format != M::FORMAT {
        return Err(JudgeError::Format {
            module: M::NAME,
            found: format,
            reads: M::FORMAT,
        });
    }
    let settings = serde_json::from_str(settings.get()).map_err(misread("settings"))?;
    let observation = serde_json::from_str(seen.get()).map_err(misread("observation"))?;
    let judgement = M::judge(&settings, &observation, facts);
    debug_assert!(
        judgement.findings.iter().all(|finding| {
            // Findings without a rule of the module are a defect that its own tests find.
            M::RULES.iter().any(|rule| rule.id == finding.rule())
        }),
        "{}: a finding by a rule that is not listed",
        M::NAME
    );
    Ok(judgement)
}
