//! `sayso export` and `sayso import` of what it wrote, as they are typed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::command::{SEEDS, Server, done, run, sayso};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// Runs a command that succeeds.
fn succeeds(command: &mut Command) -> String {
    let (status, stdout, stderr) = run(command);
    assert_eq!(status, 0, "{stderr}");
    stdout
}

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        text(&self.path(name))
    }

    /// A ledger with the seeds, and then some of them changed and taken back.
    fn ledger(&self, name: &str) -> String {
        let data = self.name(name);
        let seeds = fs::read_dir(SEEDS).unwrap().map(|entry| entry.unwrap().path());
        succeeds(sayso(&["import", "--data", &data]).args(seeds));
        let changed = self.path("changed.jsonl");
        let step = r#"{"clarity":"CLARITY_UNATTRIBUTED"}"#;
        let claim = |id: &str, text: &str, more: &str| {
            format!(
                r#"{{"claim":{{"id":"{id}","text":"{text}","event":{{}},"attribution":[{step}]{more}}}}}"#
            )
        };
        let lines = [
            claim("first", "The first.", ""),
            claim(
                "second",
                "It repeats.",
                r#","relations":[{"kind":"RELATION_KIND_REPEATS","claim":"first"}]"#,
            ),
            claim("first", "The first, changed.", ""),
            r#"{"retraction":{"id":"first","reason":"It was wrong."}}"#.to_owned(),
        ];
        fs::write(&changed, lines.join("\n")).unwrap();
        let imported = run(&mut sayso(&["import", &text(&changed), "--data", &data]));
        let told = "2 created, 1 new versions, 0 unchanged, 1 retracted; revision 4\n";
        assert_eq!(imported, done("", told));
        data
    }
}

#[test]
fn what_is_exported_is_imported_and_exported_the_same() {
    let home = Home::new();
    let data = home.ledger("data");
    let exported = succeeds(&mut sayso(&["export", "--data", &data]));
    let line = r#"{"claim":{"id":"second","text":"It repeats.","mode":"MODE_FACT","event":{},"attribution":[{"act":"SPEECH_ACT_SAID","clarity":"CLARITY_UNATTRIBUTED"}],"credibility":"CREDIBILITY_6","relations":[{"kind":"RELATION_KIND_REPEATS","claim":"first"}]}}"#;
    assert_eq!(exported.lines().last(), Some(line));
    assert_eq!(exported.lines().count(), 68);

    // Gzipped, if the file's name says so; into another directory, and through a server.
    let file = home.name("all.jsonl.gz");
    let nothing = done("", "");
    assert_eq!(run(&mut sayso(&["export", "--data", &data, "--output", &file])), nothing);
    assert!(!home.path("all.jsonl.gz.part").exists());
    let copy = home.name("copy");
    let told = "67 created, 0 new versions, 0 unchanged, 1 retracted; revision 3\n";
    assert_eq!(run(&mut sayso(&["import", &file, "--data", &copy])), done("", told));
    assert_eq!(succeeds(&mut sayso(&["export", "--data", &copy])), exported);
    let server = Server::start(&home.path("served"));
    let told = "67 created, 0 new versions, 0 unchanged, 1 retracted; revision 3\n";
    assert_eq!(run(&mut sayso(&["import", &file, "--server", &server.url])), done("", told));
    assert_eq!(succeeds(&mut sayso(&["export", "--server", &server.url])), exported);
    // Once more, on purpose. What was taken back is written and taken back again.
    let told = "0 created, 1 new versions, 66 unchanged, 1 retracted; revision 5\n";
    assert_eq!(run(&mut sayso(&["import", &file, "--server", &server.url])), done("", told));
}

#[test]
fn a_query_s_claims_and_tables_are_exported() {
    let home = Home::new();
    let query = "figure where kind=$kind";
    let file = home.name("some.jsonl");
    let arguments = ["export", query, "--param", "kind=workers", "--seeds", SEEDS, "--output", &file];
    succeeds(&mut sayso(&arguments));
    let copy = home.name("copy");
    assert_eq!(run(&mut sayso(&["import", &file, "--data", &copy])).0, 0);
    let counted = succeeds(&mut sayso(&["query", "claim count by type", "--data", &copy, "--format", "csv"]));
    assert_eq!(counted, "type,sure,possible\nfigure,2,0\n");
    let table = succeeds(&mut sayso(&["query", "figure", "--seeds", SEEDS, "--format", "csv"]));
    assert_eq!(succeeds(&mut sayso(&["export", "figure", "--seeds", SEEDS, "--format", "csv"])), table);
}

#[test]
fn a_history_makes_the_same_revisions() {
    let home = Home::new();
    let data = home.ledger("data");
    let file = home.name("history.jsonl");
    succeeds(&mut sayso(&["export", "--history", "--data", &data, "--output", &file]));
    let copy = home.name("copy");
    assert_eq!(run(&mut sayso(&["import", &file, "--data", &copy])), done("", "4 commits; revision 4\n"));
    assert_eq!(
        succeeds(&mut sayso(&["export", "--history", "--data", &copy])),
        fs::read_to_string(&file).unwrap()
    );
    // Through a server, first a part, then all: what is there is left.
    let server = Server::start(&home.path("served"));
    let begin = home.path("begin.jsonl");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&begin, whole.lines().take(2).collect::<Vec<_>>().join("\n")).unwrap();
    let import = |file: &str| run(&mut sayso(&["import", file, "--server", &server.url]));
    assert_eq!(import(&text(&begin)), done("", "2 commits; revision 2\n"));
    assert_eq!(import(&file), done("", "2 commits; revision 4\n"));
    assert_eq!(import(&file), done("", "0 created, 0 new versions, 0 unchanged; revision 4\n"));
    let after = ["export", "--history", "--after", "3", "--server", &server.url];
    assert_eq!(succeeds(&mut sayso(&after)), format!("{}\n", whole.lines().last().unwrap()));

    // A changed one is refused, by its revision.
    let changed = whole.replacen("\"recorded\":\"20", "\"recorded\":\"19", 1);
    fs::write(&begin, changed).unwrap();
    let told =
        format!("{}:1: revision 1 was changed: its items do not come to its digest\n", begin.display());
    let refused = (1, String::new(), told);
    assert_eq!(run(&mut sayso(&["import", &text(&begin), "--data", &home.name("other")])), refused);
    let other = Server::start(&home.path("elsewhere"));
    assert_eq!(run(&mut sayso(&["import", &text(&begin), "--server", &other.url])), refused);
    // So is one that is none, with its field.
    fs::write(&begin, whole.replacen("\"digest\":\"", "\"digest\":\"x", 1)).unwrap();
    let told = format!("{}:1: commit.digest: must be 64 hexadecimal digits, lower case\n", begin.display());
    for target in [["--data", &home.name("other")], ["--server", &other.url]] {
        let refused = run(sayso(&["import", &text(&begin)]).args(target));
        assert_eq!(refused, (1, String::new(), told.clone()));
    }
    let refused = run(&mut sayso(&["export", "--history", "--format", "csv", "--data", &data]));
    assert_eq!(refused.2, "a history is written as jsonl alone: it holds what items were made of\n");
}

#[test]
fn a_pack_reads_as_what_it_was_written_from() {
    use crate::oracle::{Step, steps};
    use crate::random::Random;
    use sayso::pack::{Located, Pack, yaml};
    fn list<T>(name: &str, drafts: &[T], element: fn(&T) -> String) -> String {
        let elements: String = drafts.iter().map(element).collect();
        if elements.is_empty() { elements } else { format!("{name}:\n{elements}") }
    }
    fn items<T>(located: Vec<Located<T>>) -> Vec<T> {
        located.into_iter().map(|located| located.item).collect()
    }
    for seed in 0..30 {
        for step in steps(&mut Random::new(seed)) {
            let Step::Record(batch) = step else { continue };
            let text = [
                list("entities", &batch.entities, yaml::entity),
                list("sources", &batch.sources, yaml::source),
                list("documents", &batch.documents, yaml::document),
                list("claims", &batch.claims, yaml::claim),
            ]
            .concat();
            let pack = Pack::read_text(Path::new("p.yaml"), &text).unwrap();
            assert_eq!(items(pack.entities), batch.entities);
            assert_eq!(items(pack.sources), batch.sources);
            assert_eq!(items(pack.documents), batch.documents);
            for (read, given) in pack.claims.into_iter().zip(&batch.claims) {
                assert_eq!(&read.item, given);
            }
        }
    }
}

#[test]
fn a_pack_is_exported_as_a_person_would_write_it() {
    let home = Home::new();
    let pack = home.name("all.yaml");
    succeeds(&mut sayso(&["export", "--seeds", SEEDS, "--format", "pack", "--output", &pack]));
    let text = fs::read_to_string(&pack).unwrap();
    let claim = text.split("  - id: ").find(|claim| claim.starts_with("workers-present\n")).unwrap();
    assert_eq!(
        claim,
        "\
workers-present
    text: 'Some 4,000 workers from North Korea are thought to be in Russia by now.'
    figure: ~4000 person
    actors: [north-korea]
    kind: workers
    state: present
    places: [russia]
    when: '[2024-02-09..2025-02-10]'
    attribution:
      - { sources: [nis-official], act: believes, clarity: role_only, occasion: nis-briefing }
      - { sources: [korea-herald] }
      - { sources: [outlet] }
    evidence: { document: outlet-2025-02-10, paragraph: 3, exact: 'around 4,000' }
    labels: { inferred: 'when, as one moment of the year before publication; the text gives no day' }
"
    );
    // What it holds is what was exported.
    let copy = home.name("copy");
    let told = "65 created, 0 new versions, 0 unchanged; revision 1\n";
    assert_eq!(run(&mut sayso(&["import", &pack, "--data", &copy])), done("", told));
    let exported = succeeds(&mut sayso(&["export", "--seeds", SEEDS]));
    assert_eq!(succeeds(&mut sayso(&["export", "--data", &copy])), exported);

    // What a pack cannot say is told.
    let data = home.ledger("data");
    let (status, stdout, stderr) = run(&mut sayso(&["export", "--data", &data, "--format", "pack"]));
    assert_eq!(
        (status, stderr.as_str()),
        (0, "note: that second refers to first is left out: first is retracted, which a pack cannot say\n")
    );
    assert!(!stdout.contains("id: first"), "{stdout}");
    let report = ["import", &pack, "--data", &copy, "--continue-on-error", &home.name("report")];
    assert_eq!(
        run(&mut sayso(&report)).2,
        "packs are written whole or not at all: --continue-on-error is for tables, for what was exported, and for ClaimReviews and statements\n"
    );
}

/// Lines of which some are wrong, each in another way.
const WRONG: &str = r#"{"entity":{"id":"ferries","kind":"ENTITY_KIND_TOPIC","name":"Ferries"}}
{"claim":{"id":"a","text":"A.","statement":{},"kind":"ferries","attribution":[{"clarity":"CLARITY_UNATTRIBUTED"}]}}
{"claim":{"id":"b","text":"B.","statement":{},"kind":"fery","attribution":[{"clarity":"CLARITY_UNATTRIBUTED"}]}}
{"claim":{"id":"c","text":"C.","colour":"red"}}

{"claim":{"id":"d","statement":{},"attribution":[{}]}}
{"claim":{"id":"e","text":"E.","statement":{},"attribution":[{"clarity":"CLARITY_UNATTRIBUTED"}]}}
"#;

#[test]
fn what_is_wrong_ends_an_import_or_is_reported() {
    let home = Home::new();
    let server = Server::start(&home.path("served"));
    let file = home.path("wrong.jsonl");
    fs::write(&file, WRONG).unwrap();
    let file = text(&file);
    let data = home.name("data");
    for target in [["--data", &data], ["--server", &server.url]] {
        let stopped = run(sayso(&["import", &file]).args(target));
        let told = format!(
            "2 created, 0 new versions, 0 unchanged; revision 1\n\
             {file}:3: claim.kind: there is no topic entity `fery`\n"
        );
        assert_eq!(stopped, (1, String::new(), told));
        let report = home.name("report.jsonl");
        let reported = run(sayso(&["import", &file, "--continue-on-error", &report]).args(target));
        let told = format!(
            "going on after item 2, where this import ended before\n\
             3 created, 0 new versions, 0 unchanged, 2 left out; revision 2\n3 items are not written: {report} says why\n"
        );
        assert_eq!(reported, (1, String::new(), told), "{target:?}");
        let mut lines: Vec<String> =
            fs::read_to_string(&report).unwrap().lines().map(|line| line.replace(&file, "FILE")).collect();
        lines.sort();
        assert_eq!(
            lines,
            [
                r#"{"file":"FILE","line":3,"message":"there is no topic entity `fery`","path":"claim.kind"}"#,
                r#"{"file":"FILE","line":4,"message":"unrecognized field name 'colour' at column 39","path":""}"#,
                r#"{"file":"FILE","line":6,"message":"must name a source; only the first step may name none, with clarity UNATTRIBUTED","path":"claim.attribution[0].sources"}"#,
                r#"{"file":"FILE","line":6,"message":"must not be empty","path":"claim.text"}"#,
            ]
        );
    }
    // A line that is none ends it too, once what came before is written.
    fs::write(
        &file,
        "{\"entity\":{\"id\":\"x\",\"kind\":\"ENTITY_KIND_TOPIC\",\"name\":\"X\"}}\n{\"entity\":1}\n",
    )
    .unwrap();
    let (status, _, stderr) = run(&mut sayso(&["import", &file, "--server", &server.url]));
    assert_eq!(status, 1);
    assert!(stderr.starts_with("1 created, 0 new versions, 0 unchanged; revision 3\n"), "{stderr}");
    assert!(stderr.contains(&format!("{file}:2: ")), "{stderr}");
}

/// A process that is killed if it has not ended.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_import_goes_on_after_its_command_and_its_server_were_killed() {
    let home = Home::new();
    let data = home.path("served");
    let mut server = Server::start(&data);
    let (_, address) = server.url.split_once("//").expect("it is a URL");
    let (address, url) = (address.to_owned(), server.url.clone());
    // Enough for a few batches; one claim changes to and fro.
    let file = home.path("many.jsonl");
    let mut lines = fs::File::create(&file).unwrap();
    let step = r#"{"clarity":"CLARITY_UNATTRIBUTED"}"#;
    for index in 0..6_000 {
        let id = if index % 100 == 0 { "again".to_owned() } else { format!("c{index}") };
        let text = if index % 200 == 0 { "A." } else { "B." };
        writeln!(lines, r#"{{"claim":{{"id":"{id}","text":"{text}","event":{{}},"attribution":[{step}]}}}}"#)
            .unwrap();
    }
    drop(lines);
    // Killed once something is written.
    let mut import = sayso(&["import", &text(&file), "--server", &url]);
    let mut killed = Killed(import.stderr(Stdio::piped()).spawn().unwrap());
    while succeeds(&mut sayso(&["query", "claim count", "--server", &url, "--format", "csv"]))
        .contains("\n0,")
    {}
    killed.0.kill().unwrap();
    drop(killed);
    server.stop();
    drop(server);

    // The next one goes on where it was, and waits while there is no server.
    let mut import = sayso(&["import", &text(&file), "--server", &url]);
    let server = Server::start_at(&data, &address);
    let mut import = Killed(import.stderr(Stdio::piped()).spawn().unwrap());
    let mut said = String::new();
    import.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(import.0.wait().unwrap().code(), Some(0), "{said}");
    assert!(said.contains("5941 created, 59 new versions, 0 unchanged; revision "), "{said}");
    let again = [
        "query",
        "claim where id=again list id, version, text limit 1",
        "--server",
        &server.url,
        "--format",
        "csv",
    ];
    assert_eq!(succeeds(&mut sayso(&again)), "id,version,text,grade\nagain,60,B.,sure\n");
}

/// Lines of which some are refused, and some are none.
fn faulty_lines() -> String {
    let step = r#"{"clarity":"CLARITY_UNATTRIBUTED"}"#;
    let line = |index: usize| {
        let kind = if index.is_multiple_of(8) { "nowhere" } else { "" };
        let colour = if index.is_multiple_of(31) { r#","colour":"red""# } else { "" };
        format!(
            r#"{{"claim":{{"id":"c{index}","text":"C.","event":{{}},"kind":"{kind}","attribution":[{step}]{colour}}}}}"#
        )
    };
    (0..6_000).map(|index| line(index) + "\n").collect()
}

const FAULTY_MAPPING: &str = "
format: csv
entities:
  - { kind: country, name: '{country}' }
claims:
  - id: 't{id}'
    text: 'In {country}.'
    figure: { low: '{low}', high: '{high}', unit: person }
    kind: '{kind?}'
    places: ['{country}']
    attribution: [{ clarity: unattributed }]
";

/// Rows of which some are refused, and some cannot be mapped.
fn faulty_rows() -> String {
    let row = |index: usize| {
        // Each with one fault: how many are told of an item depends on what it is written with.
        let kind = if index.is_multiple_of(8) { "nowhere" } else { "" };
        let more = if index.is_multiple_of(31) { ",more" } else { "" };
        format!("{index},Country {},{},3,{kind}{more}\n", index / 40, index % 16 / 4 + index % 16 / 15)
    };
    "id,country,low,high,kind\n".to_owned() + &(0..5_000).map(row).collect::<String>()
}

#[test]
fn a_report_is_whole_however_often_its_command_was_killed() {
    let home = Home::new();
    fs::write(home.path("lines.jsonl"), faulty_lines()).unwrap();
    fs::write(home.path("rows.csv"), faulty_rows()).unwrap();
    fs::write(home.path("mapping.yaml"), FAULTY_MAPPING).unwrap();
    let (lines, rows, mapping) = (home.name("lines.jsonl"), home.name("rows.csv"), home.name("mapping.yaml"));
    let server = Server::start(&home.path("served"));
    let tallied = |said: &str| {
        let tally = said.lines().find(|line| line.contains(" created, ")).unwrap_or_else(|| panic!("{said}"));
        tally.split_once("; revision").unwrap().0.to_owned()
    };
    for files in [vec![lines.as_str()], vec![&rows, "--mapping", &mapping]] {
        let import = |report: &str, target: [&str; 2]| {
            let mut import = sayso(&["import", "--continue-on-error", report]);
            import.args(&files).args(target);
            import
        };
        let whole = home.name("whole");
        let (status, _, expected) =
            run(&mut import(&whole, ["--data", &home.name(&format!("whole{}", files.len()))]));
        assert_eq!(status, 1);
        let data = home.name(&format!("data{}", files.len()));
        for target in [["--data", &data], ["--server", &server.url]] {
            let report = home.name(&format!("report{}{}", target[0], files.len()));
            let mut kills = 0;
            let kept = || fs::read_to_string(format!("{report}.resume")).ok();
            // Once more is reported, it is killed.
            while kills < 2 {
                let before = kept();
                let mut child = Killed(import(&report, target).stderr(Stdio::null()).spawn().unwrap());
                while kept() == before && child.0.try_wait().unwrap().is_none() {
                    std::thread::yield_now();
                }
                assert!(kept().is_some(), "it has come to its end");
                child.0.kill().unwrap();
                kills += 1;
            }
            let (status, _, said) = run(&mut import(&report, target));
            assert!(said.starts_with("going on after item "), "{said}");
            assert_eq!((status, tallied(&said)), (1, tallied(&expected)));
            let (found, expected) =
                (fs::read_to_string(&report).unwrap(), fs::read_to_string(&whole).unwrap());
            for (found, expected) in found.lines().zip(expected.lines()) {
                assert_eq!(found, expected, "{said}");
            }
            assert_eq!(found.len(), expected.len(), "{said}");
            assert!(kept().is_none());
        }
    }
}

#[test]
fn a_file_that_was_cut_short_is_not_finished() {
    let home = Home::new();
    let lines = faulty_lines();
    let file = home.path("lines.jsonl");
    let server = Server::start(&home.path("served"));
    fs::write(&file, &lines[..lines.len() - 20]).unwrap();
    let report = home.name("report");
    let told = format!("{}:6000: the file ends within this line: it was cut short\n", file.display());
    for target in [["--data", &home.name("data")], ["--server", &server.url]] {
        let import = || run(sayso(&["import", &text(&file), "--continue-on-error", &report]).args(target));
        let (status, _, said) = import();
        assert_eq!(status, 1);
        assert!(said.starts_with("5080 created, ") && said.ends_with(&told), "{said}");
        // Nor is it begun anew.
        let (status, _, said) = import();
        assert_eq!(status, 1);
        assert!(said.starts_with("going on after item 5999, ") && said.ends_with(&told), "{said}");
    }
}
