//! An import goes down a floor, never up and never across.

use super::tree::Tree;

/// The rooms of each floor, from the ground.
const FLOORS: &[&[&str]] = &[
    &["model"],
    &["judging"],
    &["checklist", "instrument", "sign"],
    &["engine"],
    &["checks"],
    &["report", "history", "lab"],
    &["cli"],
];

/// The imports that go up or across, and the files of rooms that are on no floor.
pub fn violations(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (place, file) in tree.files.iter().enumerate() {
        let Some(room) = file.module.first() else {
            continue; // the root names every room
        };
        let Some(floor) = floor_of(room) else {
            found.push(format!("{}: the room `{room}` is on no floor", file.path));
            continue;
        };
        for reference in tree.references(place) {
            let other = &tree.files[reference.to];
            let Some(other_room) = other.module.first() else {
                continue;
            };
            let at = format!("{}:{} imports {}", file.path, reference.line, other.path);
            if room == other_room {
                if room == "checks" && is_another_check(&file.module, &other.module) {
                    found.push(format!("{at}: a check module imports no other"));
                }
            } else if floor_of(other_room).is_none_or(|other| other >= floor) {
                found.push(format!("{at}: `{other_room}` is not below `{room}`"));
            }
        }
    }
    found
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// True for files of two check modules; the registry, which has no name behind `checks`, imports them all.
fn is_another_check(module: &[String], other: &[String]) -> bool {
    matches!((module.get(1), other.get(1)), (Some(one), Some(other)) if one != other)
}
