//! One file per report format, each a pure function of the dossier: the run record and its evidence.

pub mod pdf;
