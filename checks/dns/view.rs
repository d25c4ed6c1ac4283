//! The observation in the order of the settings. Exchanges are read when they are asked for: of 200,000 readings
//! only one is held at a time.

use std::collections::HashMap;

use super::observation::{ExchangeRef, Layout, Observation};
use super::reading::Reading;
use super::settings::{DomainName, MOST_ROUNDS, Settings};
use crate::instrument::dns::RecordType;

/// What was seen, by question, resolver and round.
pub(super) struct View<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// What was seen.
    pub observation: &'a Observation,
    /// The resolvers as written.
    pub resolvers: Vec<String>,
    /// How many rounds there are; recorded settings may say anything.
    pub rounds: u32,
    questions: Vec<Asked<'a>>,
    /// Why a resolver could not be asked, or not to the end.
    errors: Vec<Option<&'a str>>,
    /// Where an exchange is that is not in its usual place.
    strewn: HashMap<(&'a str, RecordType, &'a str, u32), usize>,
}

/// A question.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The name.
    pub name: &'a DomainName,
    /// The type.
    pub kind: RecordType,
}

/// One question at all resolvers.
pub(super) struct Row<'a> {
    /// Its place.
    question: usize,
    /// The name.
    pub name: &'a DomainName,
    /// The type.
    pub kind: RecordType,
    /// One for each resolver, in their order.
    pub cells: Vec<Cell<'a>>,
}

/// One question at one resolver.
pub(super) struct Cell<'a> {
    /// What was written down, if anything was.
    pub exchange: Option<ExchangeRef<'a>>,
    /// What it comes to.
    pub reading: Reading<'a>,
}

impl<'a> View<'a> {
    /// Puts exchanges where the settings expect them; what is not expected is left out.
    pub(super) fn new(settings: &'a Settings, observation: &'a Observation) -> Self {
        let resolvers: Vec<_> = settings.resolvers.iter().map(ToString::to_string).collect();
        let error = |resolver: &String| {
            let mut notes = observation.resolvers.iter();
            let notes = notes.find(|notes| *notes.resolver == **resolver)?;
            notes.error.as_deref()
        };
        let mut view = Self {
            settings,
            observation,
            rounds: settings.rounds().clamp(1, MOST_ROUNDS),
            errors: resolvers.iter().map(error).collect(),
            resolvers,
            questions: settings
                .questions(observation.listed_names())
                .map(|(name, kind)| Asked { name, kind })
                .collect(),
            strewn: HashMap::new(),
        };
        let strewn = observation.exchanges.iter().enumerate();
        let strewn = strewn.filter(|(place, exchange)| !view.is_at(*place, *exchange));
        view.strewn = strewn
            .map(|(place, exchange)| {
                let (name, resolver) = (&**exchange.name(), &**exchange.resolver());
                ((name, exchange.kind(), resolver, exchange.round()), place)
            })
            .collect();
        view
    }

    /// Whether the exchange is where the probe puts it.
    fn is_at(&self, place: usize, exchange: ExchangeRef<'_>) -> bool {
        let (round, resolver, question) = self.layout().at(place);
        let resolver = self.resolvers.get(resolver);
        let question = self.questions.get(question);
        exchange.round() as usize == round
            && resolver.is_some_and(|resolver| **resolver == **exchange.resolver())
            && question.is_some_and(|asked| asked.is_of(exchange))
    }

    fn layout(&self) -> Layout {
        Layout {
            questions: self.questions.len(),
            resolvers: self.resolvers.len(),
        }
    }

    /// How many questions there are.
    pub(super) fn questions(&self) -> usize {
        self.questions.len()
    }

    /// The last round, which says what a client would get now.
    pub(super) fn last_round(&self) -> u32 {
        self.rounds - 1
    }

    /// A question by its place.
    pub(super) fn asked(&self, question: usize) -> Asked<'a> {
        self.questions[question]
    }

    /// One exchange as it was written down, all by their places, rounds counted from 0.
    pub(super) fn entry(
        &self,
        round: u32,
        question: usize,
        resolver: usize,
    ) -> Option<ExchangeRef<'a>> {
        let usual = self.layout().place(round, resolver, question);
        let exchanges = &self.observation.exchanges;
        let usual = exchanges
            .get(usual)
            .filter(|exchange| self.is_at(usual, *exchange));
        usual.or_else(|| {
            let asked = self.questions[question];
            let key = (
                &**asked.name.text(),
                asked.kind,
                self.resolvers[resolver].as_str(),
                round,
            );
            exchanges.get(*self.strewn.get(&key)?)
        })
    }

    /// One exchange with what it comes to.
    pub(super) fn cell(&self, round: u32, question: usize, resolver: usize) -> Cell<'a> {
        let exchange = self.entry(round, question, resolver);
        let reading = Reading::of(exchange, self.errors[resolver]);
        Cell { exchange, reading }
    }

    /// How many packets one resolver was sent in these rounds, and how many of them were lost.
    pub(super) fn packets(&self, rounds: std::ops::Range<u32>, resolver: usize) -> (usize, usize) {
        let entries = rounds.flat_map(|round| self.entries(round, resolver));
        let packets = entries.map(|(_, entry)| entry.packets());
        packets.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// Each question at all resolvers, in the last round.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'a>> {
        (0..self.questions.len()).map(|question| {
            let Asked { name, kind } = self.questions[question];
            let places = 0..self.resolvers.len();
            let cells = places.map(|resolver| self.cell(self.last_round(), question, resolver));
            let cells = cells.collect();
            Row {
                question,
                name,
                kind,
                cells,
            }
        })
    }

    /// Every question and resolver, in the last round.
    pub(super) fn cells(&self) -> impl Iterator<Item = (Asked<'a>, &str, Cell<'a>)> {
        (0..self.questions.len()).flat_map(move |question| {
            let resolvers = self.resolvers.iter().enumerate();
            resolvers.map(move |(place, resolver)| {
                let cell = self.cell(self.last_round(), question, place);
                (self.questions[question], resolver.as_str(), cell)
            })
        })
    }

    /// The exchanges of one resolver in one round, as far as they were written down, with their questions.
    pub(super) fn entries(
        &self,
        round: u32,
        resolver: usize,
    ) -> impl Iterator<Item = (usize, ExchangeRef<'a>)> {
        (0..self.questions.len())
            .filter_map(move |question| Some((question, self.entry(round, question, resolver)?)))
    }
}

impl Row<'_> {
    /// Whether another type of the same name is answered at a resolver.
    pub(super) fn other_type(&self, view: &View<'_>, resolver: usize) -> bool {
        let types = view.settings.types.len().max(1);
        let first = self.question - self.question % types;
        let others = (first..first + types).filter(|other| *other != self.question);
        let mut others = others.filter(|other| *other < view.questions());
        others.any(|other| {
            let cell = view.cell(view.last_round(), other, resolver);
            matches!(cell.reading, Reading::Answer(_))
        })
    }
}

impl Asked<'_> {
    fn is_of(&self, exchange: ExchangeRef<'_>) -> bool {
        **self.name.text() == **exchange.name() && self.kind == exchange.kind()
    }
}
