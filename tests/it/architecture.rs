//! Holds the modules' imports to the table in ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What plain modules must not name.
const IMPURE: [&str; 6] = ["tokio", "tonic", "prost", "redb", "arc_swap", "hyper"];
const PLAIN: [&str; 5] = ["model", "plan", "registry", "language", "analysis"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Module → its source files, without comments and without what only tests have.
fn sources() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let mut modules: BTreeMap<String, Vec<(PathBuf, String)>> = BTreeMap::new();
    let mut open = vec![root().join("src")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).expect("src is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if is_source(&path) {
                let below = path.strip_prefix(root().join("src")).expect("it is below src");
                let first = below.components().next().expect("a name").as_os_str().to_string_lossy();
                let module = first.trim_end_matches(".rs").to_owned();
                let text = fs::read_to_string(&path).expect("UTF-8");
                let text = text.split("#[cfg(test)]\nmod tests").next().expect("a first part");
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                modules.entry(module).or_default().push((path.clone(), code.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    modules
}

/// Whether a file is Rust and more than tests.
fn is_source(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.extension().is_some_and(|extension| extension == "rs")
        && stem != "tests"
        && !stem.ends_with("_tests")
}

/// Module → the modules that it may use, from the table.
fn allowed(modules: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [module, _, uses] = cells[..] else { panic!("a row of three cells: {line}") };
        let module = module.trim_matches('`').to_owned();
        let mut may: BTreeSet<String> = uses
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| !name.contains("::"))
            .map(str::to_owned)
            .collect();
        // "all above", "and all it uses": what the modules named before it in the table are.
        if uses.contains("all above") || uses.contains("all it uses") {
            may.extend(table.keys().cloned());
        }
        if uses == "everything" {
            may.extend(modules.iter().cloned());
        }
        table.insert(module, may);
    }
    table
}

/// The names that follow `crate::`, in braces too.
fn used(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, found)| code.split_at(at + found.len())) {
        let listed = rest.strip_prefix('{').map_or(rest, |list| list.split("};").next().unwrap_or(list));
        let items: Vec<&str> = if rest.starts_with('{') { top_level(listed) } else { vec![listed] };
        for item in items {
            let name: String = item.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            names.insert(name);
        }
    }
    names
}

fn top_level(list: &str) -> Vec<&str> {
    let mut depth = 0;
    list.split(|c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let modules = sources();
    let names: BTreeSet<String> =
        modules.keys().filter(|name| !["lib", "main"].contains(&name.as_str())).cloned().collect();
    let allowed = allowed(&names);
    assert_eq!(
        allowed.keys().cloned().collect::<BTreeSet<_>>(),
        names,
        "the table lists every module, and no other"
    );
    let mut wrong = Vec::new();
    for (module, files) in modules.iter().filter(|(module, _)| names.contains(*module)) {
        for (path, code) in files {
            for name in used(code).iter().filter(|name| names.contains(*name) && *name != module) {
                if !allowed[module].contains(name) {
                    wrong.push(format!("{}: {module} uses {name}", path.display()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn plain_modules_are_plain() {
    let modules = sources();
    let mut wrong = Vec::new();
    for module in PLAIN {
        for (path, code) in modules.get(module).into_iter().flatten() {
            for name in IMPURE.iter().filter(|name| code.contains(&format!("{name}::"))) {
                wrong.push(format!("{}: {module} uses {name}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn engine_knows_item_bytes_and_no_messages() {
    let modules = sources();
    let mut wrong = Vec::new();
    for (path, code) in &modules["engine"] {
        let of_wire = code.match_indices("wire::").map(|(at, found)| &code[at + found.len()..]);
        if of_wire.into_iter().any(|rest| !rest.starts_with("item")) || code.contains("pb::") {
            wrong.push(path.display().to_string());
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn only_the_service_builds_a_status() {
    let modules = sources();
    let mut wrong = Vec::new();
    for (module, files) in modules.iter().filter(|(module, _)| module.as_str() != "service") {
        for (path, code) in files {
            if code.contains("Status::new(")
                || code.contains("Status::with_")
                || code.contains("ErrorDetails")
            {
                wrong.push(format!("{}: {module}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn files_are_of_a_readable_length() {
    let long: Vec<String> = sources()
        .values()
        .flatten()
        .map(|(path, _)| (path, fs::read_to_string(path).expect("UTF-8").lines().count()))
        .filter(|(_, lines)| *lines > 800)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn the_reader_of_imports_sees_them() {
    let code = "use crate::model::{Claim, Path};\nuse crate::{plan::Row, store::{Hit, Page}};\nlet x = crate::wire::item::f();";
    assert_eq!(used(code), ["model", "plan", "store", "wire"].map(str::to_owned).into());
}
