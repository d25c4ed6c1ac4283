//! Writes down who said what, and reads the file that it rests on.

use super::{File, Given, Observation, SIGN_OFF, Settings, Word};
use crate::instrument::file::{self, Digested, FileError};
use crate::model::observation::EVIDENCE_LIMIT;
use crate::model::{Context, Notebook};

/// The largest file that is read.
const FILE_LIMIT: u64 = 64 * 1024 * 1024;

pub(super) async fn probe(settings: &Settings, context: &Context, notes: &Notebook<Observation>) {
    let now = context.clock.now();
    let written = settings.signed_off.as_ref().map(|signed| Word {
        accepted: true,
        by: signed.by.clone(),
        at: signed.at.0,
        note: signed.note.clone().unwrap_or_default(),
        given: Given::InChecklist,
    });
    let answered = || {
        context.answers.get(SIGN_OFF).map(|answer| Word {
            accepted: answer.accepted,
            by: answer.by.clone(),
            at: now,
            note: answer.note.clone(),
            given: Given::InRun,
        })
    };
    notes.note(|seen| {
        seen.looked_at = Some(now);
        seen.word = written.or_else(answered);
    });

    let Some(path) = settings
        .signed_off
        .as_ref()
        .and_then(|signed| signed.file.as_ref())
    else {
        return;
    };
    let looked = file::digest(context.folder.join(path), FILE_LIMIT, EVIDENCE_LIMIT).await;
    let file = match looked {
        Ok(Digested {
            size,
            sha256,
            bytes,
        }) => {
            if let Some(bytes) = bytes {
                let name = path
                    .file_name()
                    .unwrap_or(path.as_os_str())
                    .to_string_lossy();
                notes.evidence(name, "application/octet-stream", bytes);
            }
            File::Read { size, sha256 }
        }
        Err(FileError::Missing) => File::Missing,
        Err(error) => File::Unreadable {
            message: format!("it {error}"),
        },
    };
    notes.note(|seen| seen.file = Some(file));
}
