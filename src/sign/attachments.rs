//! Extracts the files embedded in a PDF (ISO 32000-1 section 7.11.4) within bounds: a few kilobytes can inflate to
//! gigabytes, and the nodes of a name tree can share their kids, so that 14 levels have more paths than anyone can walk.

use std::collections::{BTreeMap, HashSet};

use lopdf::{Dictionary, Document, Object, ObjectId};

/// All attachments together, inflated.
const LARGEST: usize = 256 << 20;

/// Depth of the name tree; a million names need less than three levels.
const DEEPEST: usize = 16;

/// Every embedded file by name, or what is wrong with them.
pub(super) fn read(document: &Document) -> Result<BTreeMap<String, Vec<u8>>, String> {
    read_within(document, LARGEST)
}

fn read_within(document: &Document, left: usize) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut reader = Reader {
        document,
        left,
        seen: HashSet::new(),
        files: BTreeMap::new(),
    };
    let catalog = document.catalog().map_err(|error| error.to_string())?;
    if let Some(tree) = reader
        .child(catalog, "Names")?
        .map(|names| reader.child(names, "EmbeddedFiles"))
        .transpose()?
        .flatten()
    {
        reader.tree(tree, DEEPEST)?;
    }
    Ok(reader.files)
}

struct Reader<'a> {
    document: &'a Document,
    left: usize,
    /// Nodes of the tree and files that were met: each is there once.
    seen: HashSet<ObjectId>,
    files: BTreeMap<String, Vec<u8>>,
}

impl<'a> Reader<'a> {
    fn tree(&mut self, node: &'a Dictionary, depth: usize) -> Result<(), String> {
        let depth = depth
            .checked_sub(1)
            .ok_or("the name tree is too deep or contains itself")?;
        for pair in self.array(node, "Names")?.chunks(2) {
            let [_, file] = pair else {
                return Err("the name tree has a name without a file".to_owned());
            };
            let file = self.once(file)?.as_dict();
            self.file(file.map_err(|error| error.to_string())?)?;
        }
        for kid in self.array(node, "Kids")? {
            let kid = self.once(kid)?.as_dict();
            self.tree(kid.map_err(|error| error.to_string())?, depth)?;
        }
        Ok(())
    }

    fn file(&mut self, specification: &'a Dictionary) -> Result<(), String> {
        let name = specification
            .get(b"UF")
            .or_else(|_| specification.get(b"F"))
            .map_err(|_| "an attachment has no name")?;
        let name = lopdf::decode_text_string(self.resolve(name)?)
            .map_err(|_| "the name of an attachment cannot be read")?;
        let missing = || format!("{name} has no content");
        let embedded = self.child(specification, "EF")?.ok_or_else(missing)?;
        let content = embedded
            .get(b"UF")
            .or_else(|_| embedded.get(b"F"))
            .map_err(|_| missing())?;
        let content = self.resolve(content)?.as_stream().map_err(|_| missing())?;
        let content = content
            .get_plain_content_with_limit(self.left)
            .map_err(|error| format!("{name} cannot be unpacked: {error}"))?;
        self.left = self.left.saturating_sub(content.len());
        match self.files.insert(name.clone(), content) {
            None => Ok(()),
            Some(_) => Err(format!("two attachments are named {name}")),
        }
    }

    fn child(&self, of: &'a Dictionary, key: &str) -> Result<Option<&'a Dictionary>, String> {
        let Ok(value) = of.get(key.as_bytes()) else {
            return Ok(None);
        };
        let dictionary = self.resolve(value)?.as_dict();
        dictionary
            .map(Some)
            .map_err(|_| format!("{key} is not a dictionary"))
    }

    fn array(&self, of: &'a Dictionary, key: &str) -> Result<&'a [Object], String> {
        let Ok(value) = of.get(key.as_bytes()) else {
            return Ok(&[]);
        };
        let array = self.resolve(value)?.as_array();
        array
            .map(Vec::as_slice)
            .map_err(|_| format!("{key} is not an array"))
    }

    /// An object of which the tree holds one only. What is written in place of a reference cannot be met twice.
    fn once(&mut self, object: &'a Object) -> Result<&'a Object, String> {
        let (id, object) = self
            .document
            .dereference(object)
            .map_err(|error| error.to_string())?;
        match id {
            Some(id) if !self.seen.insert(id) => Err(format!(
                "object {} {} is in the name tree more than once",
                id.0, id.1
            )),
            _ => Ok(object),
        }
    }

    fn resolve(&self, object: &'a Object) -> Result<&'a Object, String> {
        let resolved = self.document.dereference(object);
        resolved
            .map(|(_, object)| object)
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use lopdf::{Stream, dictionary};

    use super::*;

    /// A document with compressed attachments in a tree of two levels.
    fn document(files: &[(&str, usize)]) -> Document {
        let mut document = Document::new();
        let mut names = Vec::<Object>::new();
        for (name, size) in files {
            let mut content = Stream::new(dictionary! {}, vec![0; *size]);
            content.compress().unwrap();
            let content = document.add_object(content);
            let name = lopdf::text_string(name);
            let file = dictionary! { "UF" => name.clone(), "EF" => dictionary! { "F" => content } };
            names.extend([name, document.add_object(file).into()]);
        }
        let leaf = document.add_object(dictionary! { "Names" => names });
        let tree = dictionary! { "Kids" => vec![leaf.into()] };
        let names = dictionary! { "EmbeddedFiles" => tree };
        let catalog = document.add_object(dictionary! { "Names" => names });
        document.trailer.set("Root", catalog);
        document
    }

    #[test]
    fn all_files_of_the_tree_are_unpacked() {
        let files = read(&document(&[("a.json", 700), ("证据.der", 0)])).unwrap();
        let sizes = files
            .iter()
            .map(|(name, content)| (name.as_str(), content.len()));
        assert_eq!(
            sizes.collect::<Vec<_>>(),
            [("a.json", 700), ("证据.der", 0)]
        );
        assert_eq!(read(&document(&[])), Ok(BTreeMap::new()));
    }

    #[test]
    fn together_they_stay_within_the_limit() {
        let document = document(&[("a", 40_000), ("b", 40_000)]);
        assert!(read_within(&document, 80_000).is_ok());
        let error = read_within(&document, 79_999).unwrap_err();
        assert!(error.contains("b cannot be unpacked"), "{error}");
    }

    /// Every node names the next one eight times: 38 KB, and 8^14 paths.
    #[test]
    fn a_tree_whose_nodes_share_their_kids_is_refused_at_once() {
        let mut document = document(&[("a", 1)]);
        let mut tree = document.add_object(dictionary! {});
        for _ in 0..14 {
            tree = document.add_object(dictionary! { "Kids" => vec![Object::from(tree); 8] });
        }
        let names = dictionary! { "EmbeddedFiles" => tree };
        let catalog = document.add_object(dictionary! { "Names" => names });
        document.trailer.set("Root", catalog);
        let error = read(&document).unwrap_err();
        assert!(error.contains("more than once"), "{error}");
    }

    #[test]
    fn a_file_under_many_names_is_unpacked_once() {
        let mut document = document(&[("a", 1000)]);
        let leaf = document.objects.iter_mut().find_map(|(_, object)| {
            let leaf = object.as_dict_mut().ok()?;
            leaf.has(b"Names").then_some(leaf)
        });
        let names = leaf.unwrap().get_mut(b"Names").unwrap();
        let names = names.as_array_mut().unwrap();
        names.extend(names.clone());
        let error = read(&document).unwrap_err();
        assert!(error.contains("more than once"), "{error}");
    }

    #[test]
    fn two_of_one_name_are_refused() {
        let error = read(&document(&[("a", 1), ("a", 2)])).unwrap_err();
        assert_eq!(error, "two attachments are named a");
    }
}
