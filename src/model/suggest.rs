//! "Did you mean": the nearest known word.

/// The candidate nearest to `word`, if it is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words than this are no slips of the pen, and the distance is quadratic.
    if word.len() > 200 {
        return None;
    }
    let spelled = word.to_lowercase().replace('_', "-");
    let furthest = (spelled.chars().count() / 3).max(1);
    let distance =
        |candidate: &str| strsim::damerau_levenshtein(&spelled, &candidate.to_lowercase());
    candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, _)| *distance <= furthest)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// [`nearest`] as the help of an error.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|word| format!("did you mean `{word}`?"))
}
