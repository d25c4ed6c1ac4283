//! PDF objects as text (ISO 32000-1 section 7.3), each in one way: strings in hexadecimal, one space between.

use std::io::{self, Write as _};

use lopdf::{Dictionary, Object};

/// Appends an object. Streams are not direct objects; the one there is, [`super::xref`] writes.
pub(super) fn write(pdf: &mut Vec<u8>, object: &Object) -> io::Result<()> {
    match object {
        Object::Null => pdf.write_all(b"null"),
        Object::Boolean(value) => write!(pdf, "{value}"),
        Object::Integer(value) => write!(pdf, "{value}"),
        Object::Real(value) if value.is_finite() => write!(pdf, "{value}"), // Rust writes no exponents
        Object::Name(name) => write_name(pdf, name),
        Object::String(text, _) => write!(pdf, "<{}>", super::byte_range::hex(text)),
        Object::Array(items) => {
            pdf.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    pdf.push(b' ');
                }
                write(pdf, item)?;
            }
            pdf.push(b']');
            Ok(())
        }
        Object::Dictionary(dictionary) => write_dictionary(pdf, dictionary),
        Object::Reference((number, generation)) => write!(pdf, "{number} {generation} R"),
        Object::Real(_) | Object::Stream(_) => Err(io::Error::other("an object cannot be written")),
    }
}

/// Appends a dictionary, in its own order.
pub(super) fn write_dictionary(pdf: &mut Vec<u8>, dictionary: &Dictionary) -> io::Result<()> {
    pdf.extend_from_slice(b"<<");
    for (at, (key, value)) in dictionary.iter().enumerate() {
        if at > 0 {
            pdf.push(b' ');
        }
        write_name(pdf, key)?;
        pdf.push(b' ');
        write(pdf, value)?;
    }
    pdf.extend_from_slice(b">>");
    Ok(())
}

fn write_name(pdf: &mut Vec<u8>, name: &[u8]) -> io::Result<()> {
    pdf.push(b'/');
    for &byte in name {
        match byte {
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%' | b'#' => {
                write!(pdf, "#{byte:02x}")?;
            }
            b'!'..=b'~' => pdf.push(byte),
            _ => write!(pdf, "#{byte:02x}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lopdf::dictionary;

    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let dictionary = dictionary! {
            "Plain" => "Name",
            "Od d/#" => vec![Object::Null, true.into(), (-7).into(), 0.5.into(), (3, 1).into()],
            "Text" => Object::string_literal("(a\\\r"),
            "Inner" => dictionary! { "Empty" => Vec::<Object>::new() },
        };
        let mut text = Vec::new();
        write(&mut text, &dictionary.into()).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "<</Plain /Name /Od#20d#2f#23 [null true -7 0.5 3 1 R] /Text <28615c0d> /Inner <</Empty []>>>>"
        );
    }
}
