//! A module that does what its settings say, and a world in which it leaves traces.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::plan::{Plan, Reach, Touch};
use crate::model::{
    Context, Family, Judgement, LaunchFacts, Module, Notebook, ProbeError, Rule, Secret,
};

pub(super) struct Puppet;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Settings {
    /// What each attempt does; the last one repeats. Words apart by spaces.
    #[serde(default)]
    acts: Vec<String>,
    /// Name of the world to leave traces in.
    #[serde(default)]
    world: String,
    #[serde(default)]
    sleep_ms: u64,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    touch: String,
    #[serde(default)]
    plan_panics: bool,
    #[serde(default)]
    judge: Judge,
    secret: Option<Secret>,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Judge {
    #[default]
    Honest,
    Panics,
    SaysNothing,
    NotFinite,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Seen {
    notes: Vec<String>,
}

/// What the puppets of one test did.
#[derive(Default)]
pub(super) struct World {
    pub(super) running: usize,
    pub(super) most: usize,
    pub(super) at_host: BTreeMap<String, usize>,
    pub(super) most_at_host: BTreeMap<String, usize>,
    pub(super) attempts: usize,
}

static WORLDS: LazyLock<Mutex<BTreeMap<String, Arc<Mutex<World>>>>> = LazyLock::new(Mutex::default);

pub(super) fn world(name: &str) -> Arc<Mutex<World>> {
    let mut worlds = WORLDS.lock().unwrap();
    Arc::clone(worlds.entry(name.to_owned()).or_default())
}

/// Counts one probe as running for as long as it lives.
struct Presence<'a>(Arc<Mutex<World>>, &'a [String]);

impl<'a> Presence<'a> {
    fn new(world: Arc<Mutex<World>>, hosts: &'a [String]) -> Self {
        let mut guard = world.lock().unwrap();
        let state = &mut *guard;
        state.running += 1;
        state.most = state.most.max(state.running);
        for host in hosts {
            let now = state.at_host.entry(host.clone()).or_default();
            *now += 1;
            let most = state.most_at_host.entry(host.clone()).or_default();
            *most = (*most).max(*now);
        }
        drop(guard);
        Self(world, hosts)
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        let mut world = self.0.lock().unwrap();
        world.running -= 1;
        for host in self.1 {
            *world.at_host.get_mut(host).unwrap() -= 1;
        }
    }
}

const WELL: Rule = Rule {
    id: "puppet/well",
    summary: "It is well",
    why: "Tests need something to judge.",
    fix: "Let it act otherwise.",
};

const SHARE: Family = Family {
    name: "puppet_share_ratio",
    help: "A tenth",
    unit: "ratio",
    labels: &[],
};

impl Module for Puppet {
    const NAME: &'static str = "puppet";
    const SOURCE: &'static str = "";
    const EXAMPLE: &'static str = "";
    const RULES: &'static [Rule] = &[WELL];
    const MEASURES: &'static [Family] = &[SHARE];
    const FORMAT: u32 = 7;
    type Settings = Settings;
    type Observation = Seen;

    fn plan(settings: &Settings) -> Plan {
        assert!(!settings.plan_panics, "no plan with {}", secret(settings));
        Plan {
            touch: match settings.touch.as_str() {
                "load" => Touch::Load,
                "write" => Touch::Write,
                _ => Touch::Read,
            },
            targets: settings
                .hosts
                .iter()
                .map(|host| Reach::host(host, "tcp", 1))
                .collect(),
            ..Plan::default()
        }
    }

    async fn probe(
        settings: &Settings,
        _: &Context,
        notes: &Notebook<Seen>,
    ) -> Result<(), ProbeError> {
        let world = world(&settings.world);
        let _presence = Presence::new(Arc::clone(&world), &settings.hosts);
        let attempt = {
            let mut world = world.lock().unwrap();
            world.attempts += 1;
            world.attempts
        };
        let acts = &settings.acts;
        let act = acts
            .get(attempt - 1)
            .or(acts.last())
            .map_or("pass", String::as_str);
        for word in act.split(' ') {
            match word {
                "hang" => std::future::pending().await,
                "block" => std::thread::sleep(Duration::from_secs(3)),
                "sleep" => tokio::time::sleep(Duration::from_millis(settings.sleep_ms)).await,
                "panic" => panic!("struck with {}", secret(settings)),
                "refuse" => {
                    let error = ProbeError::new(format!("no way with {}", secret(settings)));
                    return Err(error.hint(format!("not {}", secret(settings))));
                }
                "echo" => {
                    notes.note(|seen| seen.notes.push(secret(settings).to_owned()));
                    notes.evidence("echo.txt", "text/plain", secret(settings).into());
                }
                "leak" => {
                    notes.note(|seen| seen.notes.push("hunter2hunter".to_owned()));
                    notes.evidence("hunter2hunter.txt", "text/plain", "hunter2hunter".into());
                    return Err(ProbeError::new("no way with hunter2hunter"));
                }
                word => {
                    notes.note(|seen| seen.notes.push(word.to_owned()));
                    notes.evidence(format!("{word}.txt"), "text/plain", word.into());
                }
            }
        }
        Ok(())
    }

    fn judge(settings: &Settings, seen: &Seen, _: &LaunchFacts) -> Judgement {
        let value = if settings.judge == Judge::NotFinite {
            f64::NAN
        } else {
            0.1
        };
        let mut findings = Vec::new();
        match settings.judge {
            Judge::Panics => panic!("cannot judge"),
            Judge::SaysNothing => {}
            Judge::Honest | Judge::NotFinite => {
                findings.extend(seen.notes.iter().map(|note| {
                    match note.as_str() {
                        "fail" => WELL
                            .fail("it", "it is not well")
                            .expected("pass")
                            .observed("fail"),
                        "warn" => WELL.warn("it", "it is well"),
                        _ => WELL.pass("it", "it is well").observed(note),
                    }
                }));
            }
        }
        Judgement {
            findings,
            measures: vec![SHARE.measure(value, [])],
            exhibits: Vec::new(),
        }
    }
}

fn secret(settings: &Settings) -> &str {
    settings.secret.as_ref().map_or("nothing", Secret::expose)
}
