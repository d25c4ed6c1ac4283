//! `[[check]]`: the common keys, and the way to the check's module.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use serde::Deserialize;
use toml::de::DeTable;

use super::decode::Part;
use super::error::{Log, Problem};
use super::interpolate::Filled;
use super::keys::{CheckKeys, Defaults};
use super::retries::RetrySettings;
use super::schema_keys::{SchemaKeys, Schemas};
use super::secret_uses::SecretUses;
use super::slips;
use super::source::{self, Place, Source};
use super::values::Words;
use crate::model::input_file;
use crate::model::module::NoRetry;
use crate::model::suggest;
use crate::model::{AnyModule, Check, Prepared, Registry};

/// The file that holds a check.
pub(super) struct Surroundings<'a> {
    pub file: usize,
    pub source: &'a Source,
    pub filled: &'a Filled,
    pub defaults: Defaults,
    pub registry: Registry,
    pub schemas: &'a Schemas,
}

impl Surroundings<'_> {
    /// Decodes one check; everything wrong with it goes to the log.
    pub(super) fn check(
        &self,
        table: DeTable<'_>,
        header: Range<usize>,
        uses: &mut SecretUses,
        log: &mut Log,
    ) -> Option<Check> {
        let common = &self.schemas.check;
        let name = self.name(&table);
        let mut keys = DeTable::new();
        let mut settings = DeTable::new();
        for (key, value) in table {
            if common.has(key.get_ref()) {
                keys.insert(key, value);
            } else {
                settings.insert(key, value);
            }
        }
        let shown = self.filled.places(self.file, &keys);
        let parts = self.filled.places(self.file, &settings);
        let command_lines = slips::command_lines(&settings, self.filled);
        let module = self.module(&keys, log);
        let own = keys.get("retries").map(|retries| retries.span());
        let part = self.part(&name, &header, common, None);
        let keys = part.decode(keys, |keys| CheckKeys::deserialize(keys), log);
        let prepared = module.and_then(|module| {
            let schema = self.schemas.module(module)?;
            let part = Part {
                module: Some(module),
                ..self.part(&name, &header, schema, Some(common))
            };
            Some((module, part.settings(module, settings, self.source, log)?))
        });
        let (keys, (module, (prepared, no_retry))) = (keys?, prepared?);
        uses.shown(shown);
        let command_lines = command_lines.into_iter();
        uses.programs(command_lines.map(|(span, word)| (Place::new(self.file, span), word)));
        let short_secrets = uses.settings(&keys.id.0, parts, &*prepared, log);
        let retries = RetrySettings {
            name: &name,
            own: keys.retries.zip(own),
            default: self.defaults.retries,
            header: &header,
        };
        let retries = retries.number(&*prepared, no_retry, self.file, log)?;
        let strings = |list: Vec<Words>| list.into_iter().map(|words| words.0).collect();
        Some(Check {
            title: keys
                .title
                .map_or_else(|| keys.id.0.clone(), |title| title.0),
            id: keys.id.0,
            module: module.name(),
            severity: keys.severity,
            phase: keys.phase.map(|phase| phase.0),
            owner: keys.owner.map(|owner| owner.0),
            tags: strings(keys.tags),
            audience: strings(keys.audience),
            needs: keys.needs.into_iter().map(|id| id.0).collect(),
            timeout: keys
                .timeout
                .or(self.defaults.timeout)
                .map_or(Defaults::TIMEOUT, |timeout| timeout.0),
            retries,
            short_secrets,
            selected: true,
            source: self.source.position_of(header.start),
            folder: self.source.folder.clone(),
            prepared,
        })
    }

    /// What errors call the check.
    fn name(&self, table: &DeTable<'_>) -> String {
        let id = table
            .get("id")
            .and_then(|id| Some((id.get_ref().as_str()?, id.span())));
        id.map_or("this check".to_owned(), |(id, span)| {
            format!("check `{}`", self.filled.shown(&span, id))
        })
    }

    /// The module that the check names. A missing name is reported when the check's keys are decoded.
    fn module(&self, keys: &DeTable<'_>, log: &mut Log) -> Option<&'static dyn AnyModule> {
        let value = keys.get("module")?;
        let name = value.get_ref().as_str()?;
        let module = self.registry.get(name);
        if module.is_none() {
            let shown = self.filled.shown(&value.span(), name);
            let place = Place::new(self.file, value.span());
            let problem = Problem::at(place, format!("unknown module `{shown}`"));
            log.problem(problem.help(Some(self.meant(shown))));
        }
        module
    }

    /// The module that was probably meant, and all there are.
    fn meant(&self, name: &str) -> String {
        let names: Vec<_> = self.registry.iter().map(AnyModule::name).collect();
        let lower = name.to_lowercase();
        let other = |module: &&dyn AnyModule| module.also_called().contains(&lower.as_str());
        let other = self.registry.iter().find(other).map(AnyModule::name);
        let near = other.or_else(|| suggest::nearest(name, names.iter().copied()));
        let known = format!("known: {}", names.join(", "));
        near.map_or(known.clone(), |near| {
            format!("did you mean `{near}`? {known}")
        })
    }

    fn part<'p>(
        &'p self,
        name: &'p str,
        header: &Range<usize>,
        schema: &'p SchemaKeys,
        beside: Option<&'p SchemaKeys>,
    ) -> Part<'p> {
        Part {
            file: self.file,
            name,
            header: header.clone(),
            schema,
            beside,
            filled: self.filled,
            module: None,
        }
    }
}

impl Part<'_> {
    /// Decodes the module's own settings, has the module review them, and asks why the check must not be attempted twice.
    fn settings(
        &self,
        module: &'static dyn AnyModule,
        settings: DeTable<'_>,
        source: &Source,
        log: &mut Log,
    ) -> Option<(Arc<dyn Prepared>, Option<NoRetry>)> {
        let spans = spans(&settings);
        let reader = files(source);
        let decoded = self.decode(
            settings,
            |settings| {
                let reader = Rc::clone(&reader);
                input_file::with_reader(Box::new(move |path| reader(path)), || {
                    module.decode(settings)
                })
            },
            log,
        )?;
        let clean = decoded.complaints.is_empty();
        // Settings without the lines that could not be read may break rules that the whole ones keep.
        let whole = self.filled.lost(self.header.start).is_none();
        for complaint in decoded.complaints.into_iter().filter(|_| whole) {
            let at = |wanted: &str| spans.iter().find(|(key, _)| key == wanted);
            let table = complaint.key.split('.').next().unwrap_or_default();
            let span = at(complaint.key).or_else(|| at(table));
            let span = span.map_or_else(|| self.header.clone(), |(_, span)| span.clone());
            let problem = self.filled.scrub(&complaint.problem);
            let problem = format!("`{}`: {problem}", complaint.key);
            let help = complaint.help.map(|help| self.filled.scrub(&help));
            log.problem(Problem::at(Place::new(self.file, span), problem).help(help));
        }
        clean.then_some((decoded.prepared, decoded.no_retry))
    }
}

/// Where each key is, those of tables too: "query", "query.tries".
fn spans(settings: &DeTable<'_>) -> Vec<(String, Range<usize>)> {
    let mut spans = Vec::new();
    for (key, value) in settings {
        let Some(table) = value.get_ref().as_table() else {
            spans.push((key.get_ref().to_string(), value.span()));
            continue;
        };
        // A sub-table's own span is its header; its key is what the reader looks for.
        spans.push((key.get_ref().to_string(), key.span()));
        let inner = table.iter();
        spans.extend(inner.map(|(inner, value)| {
            let path = format!("{}.{}", key.get_ref(), inner.get_ref());
            (path, value.span())
        }));
    }
    spans
}

/// A file's bytes, or why they cannot be had.
type Contents = Result<Arc<[u8]>, String>;

type Files = Rc<dyn Fn(&str) -> Contents>;

/// Reads the files that settings name, each once: settings with errors are decoded again and again.
fn files(beside: &Source) -> Files {
    let folder = beside.folder.clone();
    let read: RefCell<HashMap<PathBuf, Contents>> = RefCell::default();
    Rc::new(move |path: &str| {
        let path = source::beside(&folder, path);
        let mut read = read.borrow_mut();
        let entry = read.entry(path).or_insert_with_key(|path| {
            let bytes = source::read_input(path, input_file::LARGEST);
            bytes
                .map(Arc::from)
                .map_err(|unreadable| unreadable.problem)
        });
        entry.clone()
    })
}
