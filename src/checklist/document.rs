//! From the files of a checklist to the checklist: every table to its decoder, every reference to its review.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::check::Surroundings;
use super::decode::Part;
use super::error::{Errors, Log, Problem};
use super::include::{Gathered, gather};
use super::interpolate::{Filled, Filler};
use super::keys::{Defaults, KEYS};
use super::launch::LaunchKeys;
use super::references::{Entry, References, Scope, Word};
use super::schema_keys::Schemas;
use super::secret_uses::SecretUses;
use super::source::{Place, Source};
use super::waiver::WaiverKeys;
use super::{Inputs, recover, syntax};
use crate::model::suggest;
use crate::model::{self, Check, Checklist, Launch, Registry, Waiver};

/// Reads a checklist and everything it includes.
pub(super) fn load(
    path: &Path,
    registry: Registry,
    inputs: &Inputs<'_>,
) -> Result<Checklist, Errors> {
    let mut log = Log::default();
    let gathered = gather(path, inputs, &mut log);
    let mut reader = Reader {
        registry,
        schemas: Schemas::new(registry),
        log,
        launch: None,
        checks: Vec::new(),
        waivers: Vec::new(),
        uses: SecretUses::default(),
        references: References {
            incomplete: gathered.incomplete,
            ..References::default()
        },
    };
    reader.read_all(&gathered, inputs);
    reader.references.review(registry, &mut reader.log);
    let secrets = reader.uses.review(&mut reader.log);
    match reader.launch {
        Some(launch) if reader.log.is_clean() => Ok(Checklist {
            launch,
            checks: reader.checks,
            waivers: reader.waivers,
            sources: gathered.sources.into_iter().map(named).collect(),
            secrets,
            ..Checklist::default()
        }),
        _ => Err(Errors::new(gathered.sources, reader.log)),
    }
}

fn named(source: Source) -> model::checklist::Source {
    model::checklist::Source {
        path: source.path,
        sha256: source.sha256,
    }
}

/// A file whose placeholders are filled in.
struct Document<'t> {
    table: DeTable<'t>,
    filled: Filled,
}

struct Reader {
    registry: Registry,
    schemas: Schemas,
    log: Log,
    launch: Option<Launch>,
    checks: Vec<Check>,
    waivers: Vec<Waiver>,
    uses: SecretUses,
    references: References,
}

impl Reader {
    fn read_all(&mut self, gathered: &Gathered, inputs: &Inputs<'_>) {
        // Files in the order they were read: an including file comes before those it includes.
        let documents: Vec<Option<Document<'_>>> = gathered
            .sources
            .iter()
            .enumerate()
            .map(|(file, source)| self.open(file, source, inputs))
            .collect();
        let mut parents = vec![None; gathered.sources.len()];
        for member in &gathered.members {
            parents[member.file] = member.parent;
        }
        let mut defaults: Vec<Defaults> = Vec::new();
        for (file, document) in documents.iter().enumerate() {
            let own = document
                .as_ref()
                .and_then(|document| self.defaults(file, document));
            let inherited = parents[file].and_then(|parent: usize| defaults.get(parent).copied());
            defaults.push(own.unwrap_or_default().or(inherited.unwrap_or_default()));
        }
        let mut documents = documents;
        for member in &gathered.members {
            let file = member.file;
            if let Some(document) = documents[file].take() {
                self.read(&gathered.sources[file], file, document, defaults[file]);
            }
        }
        let empty = self.references.checks.is_empty() && !self.references.incomplete;
        if empty && !gathered.sources.is_empty() {
            let place = Place::new(0, 0..0);
            let problem = Problem::at(place, "the checklist has no checks");
            self.log.problem(problem.help(Some(
                "add a `[[check]]`, or start from the checklist that `tminus init` writes",
            )));
        }
    }

    /// Parses a file and fills in its placeholders. Of a file that does not parse, the lines that do are examined; one whose
    /// tables cannot be told apart is not examined any further.
    fn open<'t>(
        &mut self,
        file: usize,
        source: &'t Source,
        inputs: &Inputs<'_>,
    ) -> Option<Document<'t>> {
        if !source.utf8 {
            return None;
        }
        let mut syntax = Log::default();
        let table = syntax::parse(source, file, &mut syntax);
        let broken = !syntax.is_clean();
        self.log.extend(syntax);
        let (mut table, mut filled) = if broken {
            self.references.incomplete = true;
            let (table, lost) = recover::parse(source)?;
            (table, Filled::without(lost))
        } else {
            (table?.into_inner(), Filled::default())
        };
        let filler = Filler {
            inputs,
            source,
            file,
        };
        filler.table(&mut table, &mut filled, &mut self.log);
        Some(Document { table, filled })
    }

    fn defaults(&mut self, file: usize, document: &Document<'_>) -> Option<Defaults> {
        let value = document.table.get("defaults")?;
        let table = self.table(file, "defaults", value.clone())?;
        let part = Part {
            file,
            name: "[defaults]",
            header: value.span(),
            schema: &self.schemas.defaults,
            beside: None,
            module: None,
            filled: &document.filled,
        };
        part.decode(table, |keys| Defaults::deserialize(keys), &mut self.log)
    }

    fn read(&mut self, source: &Source, file: usize, document: Document<'_>, defaults: Defaults) {
        let Document { table, filled } = document;
        let lost = filled.lost(recover::TOP);
        let broken = lost.is_some_and(|lost| lost.contains("launch"));
        if file == 0 && !table.contains_key("launch") && !broken {
            let problem = Problem::at(Place::new(file, 0..0), "the checklist has no `[launch]`");
            self.log.problem(problem.help(Some(
                "add `[launch]` with the `name` of what you are launching",
            )));
        }
        for (key, value) in table {
            let name: &str = key.get_ref();
            match name {
                "include" => self.include(file, &value),
                "launch" if file == 0 => self.launch(file, value, &filled),
                "launch" => {
                    let place = Place::new(file, key.span());
                    let problem =
                        Problem::at(place, "`[launch]` is not allowed in an included file");
                    self.log.problem(
                        problem.help(Some("move it to the checklist that includes this file")),
                    );
                }
                "defaults" => {}
                "check" => {
                    for (header, table) in self.tables(file, name, value) {
                        self.refer(file, &table, &filled);
                        let surroundings = Surroundings {
                            file,
                            source,
                            filled: &filled,
                            defaults,
                            registry: self.registry,
                            schemas: &self.schemas,
                        };
                        let check =
                            surroundings.check(table, header, &mut self.uses, &mut self.log);
                        self.checks.extend(check);
                    }
                }
                "waiver" => {
                    for (header, table) in self.tables(file, name, value) {
                        self.waiver(file, table, header, &filled);
                    }
                }
                _ => {
                    let place = Place::new(file, key.span());
                    let problem = Problem::at(place, format!("unknown key `{name}`"));
                    let near = suggest::did_you_mean(name, KEYS);
                    // It may have been meant to hold checks.
                    self.references.incomplete |= near.is_some();
                    let help = near.unwrap_or_else(|| {
                        "a checklist may hold `include`, `[launch]`, `[defaults]`, `[[check]]` and `[[waiver]]`".to_owned()
                    });
                    self.log.problem(problem.help(Some(help)));
                }
            }
        }
    }

    fn launch(&mut self, file: usize, value: Spanned<DeValue<'_>>, filled: &Filled) {
        let header = value.span();
        let Some(table) = self.table(file, "launch", value) else {
            return;
        };
        let part = Part {
            file,
            name: "[launch]",
            header,
            schema: &self.schemas.launch,
            beside: None,
            module: None,
            filled,
        };
        let shown = filled.places(file, &table);
        let keys = part.decode(table, |keys| LaunchKeys::deserialize(keys), &mut self.log);
        if keys.is_some() {
            self.uses.shown(shown);
        }
        self.launch = keys.map(Launch::from);
    }

    fn waiver(&mut self, file: usize, table: DeTable<'_>, header: Range<usize>, filled: &Filled) {
        let part = Part {
            file,
            name: "this waiver",
            header,
            schema: &self.schemas.waiver,
            beside: None,
            module: None,
            filled,
        };
        let named = |key| word(file, table.get(key), filled);
        self.references
            .waivers
            .extend(named("check").map(|check| Scope {
                check,
                rule: named("rule"),
                subject: named("subject"),
            }));
        let shown = filled.places(file, &table);
        let keys = part.decode(table, |keys| WaiverKeys::deserialize(keys), &mut self.log);
        if keys.is_some() {
            self.uses.shown(shown);
        }
        self.waivers.extend(keys.map(Waiver::from));
    }

    /// Records a check's id and needs, whatever else may be wrong with it.
    fn refer(&mut self, file: usize, table: &DeTable<'_>, filled: &Filled) {
        let Some(id) = word(file, table.get("id"), filled) else {
            // Its missing id is reported elsewhere; other entries may well refer to it.
            self.references.incomplete = true;
            return;
        };
        let needs = table
            .get("needs")
            .and_then(|needs| needs.get_ref().as_array());
        let needs = needs.into_iter().flat_map(|needs| needs.iter());
        let module = word(file, table.get("module"), filled);
        self.references.checks.push(Entry {
            id,
            module: module.map(|module| module.text),
            needs: needs
                .filter_map(|need| word(file, Some(need), filled))
                .collect(),
        });
    }

    /// Reports entries that are not paths; the files themselves have been read already.
    fn include(&mut self, file: usize, value: &Spanned<DeValue<'_>>) {
        let expected = "expected an array of paths, such as [\"common.toml\"]";
        let Some(list) = value.get_ref().as_array() else {
            let place = Place::new(file, value.span());
            self.log.problem(Problem::at(place, expected));
            return;
        };
        for entry in list.iter().filter(|entry| !entry.get_ref().is_str()) {
            let place = Place::new(file, entry.span());
            self.log.problem(Problem::at(place, expected));
        }
    }

    /// The value as a table; anything else is a problem.
    fn table<'t>(
        &mut self,
        file: usize,
        name: &str,
        value: Spanned<DeValue<'t>>,
    ) -> Option<DeTable<'t>> {
        let place = Place::new(file, value.span());
        match value.into_inner() {
            DeValue::Table(table) => Some(table),
            other => {
                let problem = Problem::at(place, format!("expected a table `[{name}]`"));
                self.log
                    .problem(problem.label(format!("found {}", kind(&other))));
                None
            }
        }
    }

    /// The value as an array of tables, each with the place of its header.
    fn tables<'t>(
        &mut self,
        file: usize,
        name: &str,
        value: Spanned<DeValue<'t>>,
    ) -> Vec<(Range<usize>, DeTable<'t>)> {
        let place = Place::new(file, value.span());
        match value.into_inner() {
            DeValue::Array(array) => {
                let elements = array.into_iter();
                let tables = elements.filter_map(|value| {
                    let header = value.span();
                    self.table(file, name, value).map(|table| (header, table))
                });
                tables.collect()
            }
            other => {
                let problem =
                    Problem::at(place, format!("expected an array of tables `[[{name}]]`"));
                let problem = problem.label(format!("found {}", kind(&other)));
                self.log.problem(
                    problem.help(Some(format!("write `[[{name}]]`, with double brackets"))),
                );
                self.references.incomplete = true;
                Vec::new()
            }
        }
    }
}

/// What a value is, with its article.
fn kind(value: &DeValue<'_>) -> String {
    let kind = value.type_str();
    let article = if kind.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {kind}")
}

fn word(file: usize, value: Option<&Spanned<DeValue<'_>>>, filled: &Filled) -> Option<Word> {
    let value = value?;
    let text = value.get_ref().as_str()?;
    Some(Word {
        text: text.to_owned(),
        shown: filled.shown(&value.span(), text).to_owned(),
        place: Place::new(file, value.span()),
    })
}
