//! One check looked at and judged as the engine does it: decoded from TOML, dropped at the deadline, read
//! through its redactor.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tminus::checks::REGISTRY;
use tminus::instrument::clock::SystemClock;
use tminus::model::input_file::with_reader;
use tminus::model::plan::Answer;
use tminus::model::{
    Clock as _, Context, Evidence, Finding, Judgement, Launch, LaunchFacts, Prepared, Redactor,
    Status,
};

use crate::fixtures::judged::Judged as _;

/// A check of one module.
pub struct Probe {
    module: &'static str,
    settings: String,
    timeout: Duration,
    answers: BTreeMap<String, Answer>,
}

/// What became of it.
#[derive(Debug)]
pub struct Seen {
    pub observation: Value,
    pub evidence: Vec<Evidence>,
    pub judgement: Judgement,
    pub cut_short: bool,
}

impl Probe {
    /// A check with the module's own settings as TOML.
    pub fn new(module: &'static str, settings: impl Into<String>) -> Self {
        Self {
            module,
            settings: settings.into(),
            timeout: Duration::from_secs(20),
            answers: BTreeMap::new(),
        }
    }

    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub fn answer(mut self, key: &str, accepted: bool, by: &str, note: &str) -> Self {
        let answer = Answer {
            accepted,
            by: by.to_owned(),
            note: note.to_owned(),
        };
        self.answers.insert(key.to_owned(), answer);
        self
    }

    fn context(&self, folder: &Path, redactor: Redactor) -> Context {
        Context {
            deadline: tokio::time::Instant::now() + self.timeout,
            timeout: self.timeout,
            clock: Arc::new(SystemClock),
            launch: Arc::default(),
            folder: folder.to_owned(),
            answers: Arc::new(self.answers.clone()),
            redactor,
        }
    }

    /// Decodes as the checklist layer does: files that settings name come from `folder`.
    fn check(&self, folder: &Path) -> Arc<dyn Prepared> {
        let module = REGISTRY.get(self.module).expect("a registered module");
        let settings = toml::Deserializer::parse(&self.settings).expect("settings are TOML");
        let folder = folder.to_owned();
        let read = move |path: &str| match std::fs::read(folder.join(path)) {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) => Err(format!("cannot read {path}: {error}")),
        };
        let decoded = with_reader(Box::new(read), || module.decode(settings));
        let decoded = decoded.expect("settings decode");
        assert_eq!(decoded.complaints, []);
        decoded.prepared
    }

    /// Why a probe from `folder` cannot look at all.
    pub async fn refused(self, folder: &Path) -> String {
        let check = self.check(folder);
        let redactor = Redactor::new(check.secrets());
        let probing = check.probe(self.context(folder, redactor));
        probing.future.await.expect_err("the probe looks").message
    }

    /// Looks from `folder` and judges.
    pub async fn run(self, folder: &Path) -> Seen {
        let check = self.check(folder);
        let facts = LaunchFacts::new(&Launch::default(), SystemClock.now());
        let redactor = Redactor::new(check.secrets());
        let probing = Arc::clone(&check).probe(self.context(folder, redactor.clone()));
        let end = tokio::time::timeout(self.timeout, probing.future).await;
        if let Ok(Err(error)) = &end {
            panic!("the probe could not look: {error}");
        }
        let observed = probing.notes.read(check.format(), &redactor);
        let observed = observed.expect("the notebook reads");
        Seen {
            observation: serde_json::from_str(observed.observation.get()).expect("JSON"),
            judgement: check.judge(&observed.observation, &facts).expect("judged"),
            evidence: observed.evidence,
            cut_short: end.is_err(),
        }
    }
}

impl Seen {
    pub fn status(&self) -> Status {
        self.judgement.status()
    }

    /// Every finding of a rule.
    pub fn found(&self, rule: &str) -> Vec<&Finding> {
        self.judgement.found(rule)
    }

    /// The one finding of a rule.
    #[track_caller]
    pub fn finding(&self, rule: &str) -> &Finding {
        self.judgement.finding(rule)
    }

    /// The one finding of a rule about a subject.
    #[track_caller]
    pub fn finding_about(&self, rule: &str, subject: &str) -> &Finding {
        self.judgement.finding_about(rule, subject)
    }

    /// Status and observed text of the one finding of a rule.
    #[track_caller]
    pub fn said(&self, rule: &str) -> (Status, &str) {
        self.judgement.said(rule)
    }

    /// The bytes of a piece of evidence.
    pub fn evidence(&self, name: &str) -> &[u8] {
        let found = self.evidence.iter().find(|kept| kept.name == name);
        &found
            .unwrap_or_else(|| panic!("no {name}: {self:#?}"))
            .bytes
    }
}
