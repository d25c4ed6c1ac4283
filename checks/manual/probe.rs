//! Writes down who said what, and reads the file that it rests on.

use std::io;
use std::path::Path;

use tokio::io::AsyncReadExt as _;

use super::{File, Given, Observation, SIGN_OFF, Settings, Word};
use crate::model::digest::Sha256;
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
    let file = match read(&context.folder.join(path)).await {
        Ok(Contents {
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
        Err(error) if error.kind() == io::ErrorKind::NotFound => File::Missing,
        Err(error) => File::Unreadable {
            message: error.to_string(),
        },
    };
    notes.note(|seen| seen.file = Some(file));
}

struct Contents {
    size: u64,
    sha256: String,
    /// Of a file that is small enough to be evidence.
    bytes: Option<Vec<u8>>,
}

async fn read(path: &Path) -> io::Result<Contents> {
    // A named pipe would keep a thread waiting for a writer, and no deadline could end it.
    if !tokio::fs::metadata(path).await?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut file = tokio::fs::File::open(path).await?.take(FILE_LIMIT + 1);
    let (mut size, mut digest, mut kept) = (0, Sha256::default(), Some(Vec::new()));
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = match file.read(&mut chunk).await? {
            0 => break,
            count => &chunk[..count],
        };
        size += read.len() as u64;
        digest.update(read);
        kept = kept.filter(|kept| kept.len() + read.len() <= EVIDENCE_LIMIT);
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(read);
        }
    }
    if size > FILE_LIMIT {
        return Err(io::Error::other("it has more than 64 MiB"));
    }
    Ok(Contents {
        size,
        sha256: digest.hex(),
        bytes: kept,
    })
}
