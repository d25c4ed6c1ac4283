//! A kind of chain: one property of one certificate, or of the set that is served.

use crate::fixtures::craft::{Crafted, Draft, Key};

/// The server that clients ask for.
pub const NAME: &str = "gw.test";

/// Certificates as served, and the roots.
#[derive(Clone)]
pub struct Made {
    pub served: Vec<Vec<u8>>,
    pub roots: Vec<Vec<u8>>,
}

/// A kind of chain.
pub struct Kind {
    pub what: String,
    /// What a client is told to connect to.
    pub host: &'static str,
    pub made: Made,
}

pub fn kind(what: impl Into<String>, made: Made) -> Kind {
    kind_at(what, NAME, made)
}

/// One that is asked by another name.
pub fn kind_at(what: impl Into<String>, host: &'static str, made: Made) -> Kind {
    Kind {
        what: what.into(),
        host,
        made,
    }
}

pub fn serve(served: &[&Crafted], roots: &[&Crafted]) -> Made {
    Made {
        served: served.iter().map(|node| node.der.clone()).collect(),
        roots: roots.iter().map(|node| node.der.clone()).collect(),
    }
}

pub fn as_is(_: &mut Draft) {}

/// Keys, made once: a root, an intermediate and a leaf have these unless a kind is about keys.
pub struct Workshop {
    pub root: Key,
    pub middle: Key,
    pub leaf: Key,
    pub other: Key,
}

impl Workshop {
    pub fn new() -> Self {
        Self {
            root: Key::new(),
            middle: Key::new(),
            leaf: Key::new(),
            other: Key::new(),
        }
    }

    /// A root, an intermediate and a leaf below it, each changed before it is signed.
    pub fn three(
        &self,
        root: impl FnOnce(&mut Draft),
        middle: impl FnOnce(&mut Draft),
        leaf: impl FnOnce(&mut Draft),
    ) -> [Crafted; 3] {
        let mut drafts = [
            Draft::authority("Root"),
            Draft::authority("Intermediate"),
            Draft::server(&[NAME]),
        ];
        let [for_root, for_middle, for_leaf] = &mut drafts;
        root(for_root);
        middle(for_middle);
        leaf(for_leaf);
        let [for_root, for_middle, for_leaf] = drafts;
        let root = for_root.root(&self.root);
        let middle = for_middle.by(&root, &self.middle);
        let leaf = for_leaf.by(&middle, &self.leaf);
        [leaf, middle, root]
    }

    pub fn chain(
        &self,
        root: impl FnOnce(&mut Draft),
        middle: impl FnOnce(&mut Draft),
        leaf: impl FnOnce(&mut Draft),
    ) -> Made {
        let [leaf, middle, root] = self.three(root, middle, leaf);
        serve(&[&leaf, &middle], &[&root])
    }

    pub fn root(&self, change: impl FnOnce(&mut Draft)) -> Made {
        self.chain(change, as_is, as_is)
    }

    pub fn middle(&self, change: impl FnOnce(&mut Draft)) -> Made {
        self.chain(as_is, change, as_is)
    }

    pub fn leaf(&self, change: impl FnOnce(&mut Draft)) -> Made {
        self.chain(as_is, as_is, change)
    }

    /// The same change at each of the three, one after the other.
    pub fn each(&self, what: &str, change: impl Fn(&mut Draft)) -> Vec<Kind> {
        vec![
            kind(format!("{what}: root"), self.root(&change)),
            kind(format!("{what}: intermediate"), self.middle(&change)),
            kind(format!("{what}: leaf"), self.leaf(&change)),
        ]
    }
}
