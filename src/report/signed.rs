//! `report.pdf`: the printed report, signed where an identity is at hand.

use super::{Format, RenderContext, RenderError, pdf, words};
use crate::model::record::Dossier;
use crate::sign::{Description, sign_pdf};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: "pdf",
    file: "report.pdf",
    about: "the signed report for people, with every observation and its evidence attached",
    render,
};

fn render(dossier: &Dossier, context: &RenderContext) -> Result<Vec<u8>, RenderError> {
    let Some(identity) = &context.identity else {
        return pdf::render(dossier, None).map_err(RenderError::new);
    };
    let unsigned = draw(dossier, &identity.describe()).map_err(RenderError::new)?;
    let record = &dossier.record;
    let reason = format!("{}: {}", words::launch(&record.launch), record.headline);
    sign_pdf(&unsigned, identity, context.signed_at, &reason).map_err(RenderError::new)
}

/// The pages that this signer signs: the same for the same dossier, so that they can be drawn again.
pub(super) fn draw(dossier: &Dossier, signer: &Description) -> Result<Vec<u8>, pdf::PdfError> {
    pdf::render(dossier, Some(&line(signer)))
}

/// Who signs, in one line, with the fingerprint to compare over another channel.
fn line(signer: &Description) -> String {
    format!(
        "{}, {}, certificate SHA-256 {}",
        signer.subject, signer.algorithm, signer.sha256
    )
}
