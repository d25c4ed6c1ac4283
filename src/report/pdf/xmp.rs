//! The metadata packet (XMP, ISO 16684-1), which says the same as the document's information dictionary.

use std::borrow::Cow;

use super::about::About;

/// The packet as XML.
pub(super) fn packet(about: &About) -> String {
    let date = about.made_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let title = xml(&about.title);
    let author = xml(&about.author);
    let producer = xml(&about.producer);
    let id = &about.id;
    format!(
        r#"<?xpacket begin="{bom}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>en</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<xmpMM:DocumentID>uuid:{id}</xmpMM:DocumentID>
<pdf:Producer>{producer}</pdf:Producer>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"#,
        bom = '\u{feff}'
    )
}

/// Text as XML content. Characters that XML 1.0 refuses were spelled out before.
fn xml(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return text.into();
    }
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_break_out_of_its_element() {
        let about = About {
            title: "GO: </rdf:li> & 游戏".into(),
            author: "sre".into(),
            producer: "tminus".into(),
            made_at: "2026-11-24T02:00:00Z".parse().unwrap(),
            id: "0".repeat(32),
        };
        let packet = packet(&about);
        assert!(
            packet.contains(">GO: &lt;/rdf:li&gt; &amp; 游戏</rdf:li>"),
            "{packet}"
        );
        assert!(packet.contains("<xmp:CreateDate>2026-11-24T02:00:00Z<"));
    }
}
