//! What is wrong with a checklist, shown in place: file, line and column, the line with a caret, what was expected,
//! and how to fix it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use annotate_snippets::{Annotation, AnnotationKind, Level, Origin, Renderer, Snippet};

use super::mask::{self, Masks};
use super::source::{Place, Source};

/// Most errors to print: a file that is not a checklist at all has thousands.
const SHOWN: usize = 100;
/// Lines longer than this many bytes are named, not shown.
const WIDEST: usize = 4_000;

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    message: String,
    place: Option<Place>,
    label: Option<String>,
    also: Option<(Place, String)>,
    help: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub(super) fn at(place: Place, message: impl Into<String>) -> Self {
        Self {
            place: Some(place),
            ..Self::nowhere(message)
        }
    }

    /// A problem with a file that could not be read, and so has no lines.
    pub(super) fn nowhere(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            label: None,
            also: None,
            help: None,
        }
    }

    /// Shown beside the caret: what was expected.
    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// A second, related place.
    pub(super) fn also(mut self, place: Place, label: impl Into<String>) -> Self {
        self.also = Some((place, label.into()));
        self
    }

    /// How to fix it.
    pub(super) fn help(mut self, help: Option<impl Into<String>>) -> Self {
        self.help = help.map(Into::into);
        self
    }
}

/// What the passes record: problems, and the places of text that no error may show.
#[derive(Debug, Default)]
pub(super) struct Log {
    problems: Vec<Problem>,
    secrets: BTreeSet<Place>,
}

impl Log {
    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(super) fn secret(&mut self, place: Place) {
        self.secrets.insert(place);
    }

    pub(super) fn is_secret(&self, place: &Place) -> bool {
        self.secrets.contains(place)
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.secrets.extend(other.secrets);
    }

    /// Whether there are more problems than are shown. Suggestions for further ones are not worth the time: a hostile
    /// file has thousands of near misses.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= SHOWN
    }

    pub(super) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Everything that is wrong with a checklist.
pub struct Errors {
    sources: Vec<Source>,
    problems: Vec<Problem>,
    masks: Masks,
}

impl Errors {
    /// In the order of the files, and from top to bottom.
    pub(super) fn new(sources: Vec<Source>, log: Log) -> Self {
        let Log {
            mut problems,
            secrets,
        } = log;
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        let masks = Masks::new(&sources, &secrets);
        Self {
            sources,
            problems,
            masks,
        }
    }

    /// How many errors there are.
    #[expect(
        clippy::len_without_is_empty,
        reason = "errors without an error do not come out of `load`"
    )]
    pub fn len(&self) -> usize {
        self.problems.len()
    }

    /// The errors as text for people, with a summary in the last line. `color` adds ANSI styles.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut text = String::new();
        for problem in self.problems.iter().take(SHOWN) {
            text.push_str(&self.problem(problem, &renderer));
            text.push_str("\n\n");
        }
        let count = self.problems.len();
        if count > SHOWN {
            text.push_str(&format!("... and {} more errors\n", count - SHOWN));
        }
        text.push_str(&self.summary());
        text
    }

    /// How many errors there are, and with includes in which file.
    fn summary(&self) -> String {
        let path = |file: usize| {
            let source = self.sources.get(file);
            mask::printable(source.map_or("checklist", |source| &source.path))
        };
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for problem in &self.problems {
            let file = problem.place.as_ref().map_or(0, |place| place.file);
            *counts.entry(file).or_default() += 1;
        }
        let total = self.problems.len();
        let noun = if total == 1 { "error" } else { "errors" };
        let files: Vec<_> = counts.keys().copied().collect();
        if let [file] = files[..] {
            return format!("{total} {noun} in {}; nothing was contacted\n", path(file));
        }
        let each = counts
            .iter()
            .map(|(file, count)| format!("{count} in {}", path(*file)));
        let each: Vec<_> = each.collect();
        format!(
            "{total} {noun}: {}; nothing was contacted\n",
            each.join(", ")
        )
    }

    fn problem(&self, problem: &Problem, renderer: &Renderer) -> String {
        let place = problem.place.as_ref();
        let source = place.and_then(|place| self.sources.get(place.file));
        let words = |text: &str| self.masks.words(source, place, text);
        let title = Level::ERROR.primary_title(words(&problem.message));
        let mut group = title.elements(std::iter::empty::<Origin<'_>>());
        let label = problem.label.as_deref().map(words);
        if let Some(place) = &problem.place {
            match self.snippet(place, AnnotationKind::Primary, label.clone()) {
                Some(snippet) => group = group.element(snippet),
                None => {
                    group = group.element(self.origin(place));
                    group = group.elements(label.map(|label| Level::NOTE.message(label)));
                }
            }
        } else {
            group = group.elements(label.map(|label| Level::NOTE.message(label)));
        }
        let also = problem.also.as_ref().and_then(|(place, label)| {
            self.snippet(place, AnnotationKind::Context, Some(mask::text(label)))
        });
        group = group.elements(also);
        let help = problem.help.as_deref().map(words);
        renderer.render(&[group.elements(help.map(|help| Level::HELP.message(help)))])
    }

    /// The line in which a place begins, with a caret. `None` when the line is too long to show.
    fn snippet(
        &self,
        place: &Place,
        kind: AnnotationKind,
        label: Option<String>,
    ) -> Option<Snippet<'_, Annotation<'_>>> {
        let source = self.sources.get(place.file)?;
        let line = source.line(place.start);
        if line.len() > WIDEST {
            return None;
        }
        let span = place.start..place.end;
        let (text, span) = self.masks.line(place.file, &source.text, line, span);
        let snippet = Snippet::source(text)
            .line_start(source.position(place.start).0)
            .path(mask::printable(&source.path))
            .annotation(kind.span(span).label(label));
        Some(snippet)
    }

    /// A place without its line.
    fn origin(&self, place: &Place) -> Origin<'_> {
        let source = &self.sources[place.file];
        let (line, column) = source.position(place.start);
        let origin = Origin::path(mask::printable(&source.path));
        origin.line(line).char_column(column)
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// The text of the files stays inside: it may hold what no debug print should show.
impl fmt::Debug for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Errors {}
