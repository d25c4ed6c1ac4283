//! The bytes that a signature is made over (RFC 4034 section 3.1.8.1): the signature's own fields, then every record
//! in canonical form and order, each once.

use std::collections::BTreeSet;

use hickory_proto::ProtoError;
use hickory_proto::dnssec::rdata::RRSIG;
use hickory_proto::rr::{Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinEncodable as _, BinEncoder, NameEncoding};

/// What a signature of the records of one name and type signs.
pub(super) fn signed_data(
    owner: &Name,
    records: &[&Record],
    signature: &RRSIG,
) -> Result<Vec<u8>, ProtoError> {
    let input = signature.input();
    let mut data = encoded(|encoder| input.emit(encoder))?;
    let signed = match input.num_labels < owner.num_labels() {
        true => wildcard(&owner.trim_to(usize::from(input.num_labels)))?,
        false => owner.clone(),
    };
    let mut head = encoded(|encoder| {
        signed.to_lowercase().emit(encoder)?;
        input.type_covered.emit(encoder)?;
        records
            .first()
            .map_or(Ok(()), |record| record.dns_class.emit(encoder))
    })?;
    head.extend_from_slice(&input.original_ttl.to_be_bytes());
    let data_of = records.iter().map(|record| bytes(record));
    // As plain bytes, and without repetitions (RFC 4034 section 6.3).
    for record in data_of.collect::<Result<BTreeSet<_>, _>>()? {
        data.extend_from_slice(&head);
        let length = u16::try_from(record.len()).map_err(|_| ProtoError::from("a long record"))?;
        data.extend_from_slice(&length.to_be_bytes());
        data.extend_from_slice(&record);
    }
    Ok(data)
}

/// The wildcard right below a name.
pub(super) fn wildcard(name: &Name) -> Result<Name, ProtoError> {
    name.prepend_label("*")
}

/// The target of a DNAME record, which the library leaves as bytes.
pub(super) fn dname_target(record: &Record) -> Option<Name> {
    use hickory_proto::serialize::binary::{BinDecodable as _, BinDecoder};
    match &record.data {
        RData::Unknown { code, rdata } if *code == RecordType::DNAME => {
            Name::read(&mut BinDecoder::new(&rdata.anything)).ok()
        }
        _ => None,
    }
}

/// A record's data in canonical form (RFC 4034 section 6.2, as amended by RFC 6840 section 5.1).
fn bytes(record: &Record) -> Result<Vec<u8>, ProtoError> {
    let data = encoded(|encoder| record.data.emit(encoder))?;
    Ok(match record.record_type() {
        // A single name, whose length bytes are no letters.
        RecordType::DNAME => data.to_ascii_lowercase(),
        _ => data,
    })
}

fn encoded(
    emit: impl FnOnce(&mut BinEncoder<'_>) -> Result<(), ProtoError>,
) -> Result<Vec<u8>, ProtoError> {
    let mut data = Vec::new();
    let mut encoder = BinEncoder::new(&mut data);
    encoder.set_canonical_form(true);
    encoder.set_name_encoding(NameEncoding::Uncompressed);
    emit(&mut encoder)?;
    Ok(data)
}
