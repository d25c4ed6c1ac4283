use super::{check, run_all};

#[test]
fn a_secret_that_a_probe_repeats_is_struck_everywhere() {
    let settings = |more: &str| format!("secret = 'hunter2hunter'\n{more}");
    let dossier = run_all([
        check("observation", &settings("acts = ['echo']")),
        check("error", &settings("acts = ['refuse']")),
        check("panic", &settings("acts = ['echo panic']")),
        check("plan", &settings("plan-panics = true")),
    ]);
    let json = serde_json::to_string(&dossier.record).unwrap();
    assert!(!json.contains("hunter2"), "{json}");
    assert!(json.contains("struck with ***") && json.contains("no way with ***"));
    assert_eq!(dossier.evidence[0][0].bytes, b"***");
}
