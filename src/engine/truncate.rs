//! Bounds for texts that modules and servers wrote, where a reader needs only their beginning.

/// The text, or its first `limit` characters and an ellipsis.
pub(super) fn truncate(mut text: String, limit: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(limit) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_longer_texts_are_cut_and_never_inside_a_character() {
        assert_eq!(super::truncate("发布前".into(), 3), "发布前");
        assert_eq!(super::truncate("发布前".into(), 2), "发布…");
    }
}
