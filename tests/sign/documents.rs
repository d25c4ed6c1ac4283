//! Small PDFs, one for each way in which a document can hold annotations, forms and references.

use lopdf::xref::XrefType;
use lopdf::{Dictionary, Document, Object, ObjectId, SaveOptions, Stream, dictionary};

/// What stands in every document's attachment.
pub(super) const ATTACHED: &[u8] = b"{\"schema\":\"tminus-report/1\"}";

/// A document under construction.
struct Draft {
    document: Document,
    page: ObjectId,
    catalog: ObjectId,
}

/// One page and an attachment, with a cross-reference table.
pub(super) fn plain() -> Vec<u8> {
    draft(ATTACHED).save()
}

/// The same with another attachment.
pub(super) fn with_attachment(content: &[u8]) -> Vec<u8> {
    draft(content).save()
}

/// Every kind of document that takes a signature, by name.
pub(super) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let stamp = dictionary! {
        "Type" => "Annot", "Subtype" => "Square", "F" => 4,
        "Rect" => vec![10.into(), 10.into(), 20.into(), 20.into()],
    };
    let field = |page: ObjectId| {
        dictionary! {
            "Type" => "Annot", "Subtype" => "Widget", "FT" => "Tx", "F" => 4, "P" => page,
            "T" => Object::string_literal("Signature1"), "V" => Object::string_literal("(a) \\ value"),
            "DA" => Object::string_literal("/Helv 0 Tf"),
            "Rect" => vec![10.into(), 10.into(), Object::Real(90.5), 20.into()],
        }
    };

    let mut direct_annots = draft(ATTACHED);
    let annot = direct_annots.document.add_object(stamp.clone());
    direct_annots.set_page("Annots", vec![annot.into()]);

    let mut indirect_annots = draft(ATTACHED);
    let annot = indirect_annots.document.add_object(stamp);
    let array = indirect_annots.document.add_object(vec![annot.into()]);
    indirect_annots.set_page("Annots", array);

    let mut direct_form = draft(ATTACHED);
    let text = direct_form.document.add_object(field(direct_form.page));
    direct_form.set_page("Annots", vec![text.into()]);
    direct_form.set_catalog("AcroForm", dictionary! { "Fields" => vec![text.into()] });

    let mut indirect_form = draft(ATTACHED);
    let text = indirect_form.document.add_object(field(indirect_form.page));
    indirect_form.set_page("Annots", vec![text.into()]);
    let fields = indirect_form.document.add_object(vec![text.into()]);
    let form = dictionary! { "Fields" => fields };
    let form = indirect_form.document.add_object(form);
    indirect_form.set_catalog("AcroForm", form);

    let mut newline_at_end = draft(ATTACHED).save();
    newline_at_end.push(b'\n');

    let mut stream = draft(ATTACHED);
    stream.document.reference_table.cross_reference_type = XrefType::CrossReferenceStream;
    let mut compressed = draft(ATTACHED);

    vec![
        ("plain", plain()),
        ("newline at the end", newline_at_end),
        ("annotations", direct_annots.save()),
        ("annotations in an object", indirect_annots.save()),
        ("form", direct_form.save()),
        ("form in objects", indirect_form.save()),
        ("cross-reference stream", stream.save()),
        ("object streams", {
            let mut bytes = Vec::new();
            let options = SaveOptions::builder()
                .use_object_streams(true)
                .use_xref_streams(true)
                .build();
            let saved = compressed.document.save_with_options(&mut bytes, options);
            saved.unwrap();
            bytes
        }),
    ]
}

/// A document whose tree of attachment names contains itself.
pub(super) fn endless_names() -> Vec<u8> {
    let mut draft = draft(ATTACHED);
    let tree = draft.document.new_object_id();
    let node = dictionary! { "Kids" => vec![tree.into(), tree.into()] };
    draft.document.objects.insert(tree, node.into());
    draft.set_catalog("Names", dictionary! { "EmbeddedFiles" => tree });
    draft.save()
}

/// A document with pages or without.
pub(super) fn without_pages() -> Vec<u8> {
    let mut draft = draft(ATTACHED);
    let pages = dictionary! { "Type" => "Pages", "Count" => 0, "Kids" => Vec::<Object>::new() };
    let pages = draft.document.add_object(pages);
    draft.set_catalog("Pages", pages);
    draft.save()
}

fn draft(attachment: &[u8]) -> Draft {
    let mut document = Document::with_version("1.7");
    document.reference_table.cross_reference_type = XrefType::CrossReferenceTable;
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica",
    });
    let text = b"BT /F1 24 Tf 72 700 Td (GO) Tj ET".to_vec();
    let content = document.add_object(Stream::new(Dictionary::new(), text));
    let pages = document.new_object_id();
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
    });
    let kids = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(pages, kids.into());

    let file = Stream::new(
        dictionary! { "Type" => "EmbeddedFile" },
        attachment.to_vec(),
    );
    let file = document.add_object(file);
    let file = document.add_object(dictionary! {
        "Type" => "Filespec", "AFRelationship" => "Data",
        "F" => Object::string_literal("report.json"), "UF" => Object::string_literal("report.json"),
        "EF" => dictionary! { "F" => file, "UF" => file },
    });
    let names = vec![Object::string_literal("report.json"), file.into()];
    let catalog = document.add_object(dictionary! {
        "Type" => "Catalog", "Pages" => pages,
        "Names" => dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } },
    });
    document.trailer.set("Root", catalog);
    let id = || Object::string_literal("0123456789abcdef");
    document.trailer.set("ID", vec![id(), id()]);
    Draft {
        document,
        page,
        catalog,
    }
}

impl Draft {
    fn set_page(&mut self, key: &str, value: impl Into<Object>) {
        let page = self.document.get_dictionary_mut(self.page).unwrap();
        page.set(key, value);
    }

    fn set_catalog(&mut self, key: &str, value: impl Into<Object>) {
        let catalog = self.document.get_dictionary_mut(self.catalog).unwrap();
        catalog.set(key, value);
    }

    fn save(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.document.save_to(&mut bytes).unwrap();
        bytes
    }
}
