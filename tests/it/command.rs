//! The `sayso` command as it is typed: what it writes where, and its exit status.

use redb::ReadableTable;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

pub(crate) const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");

pub(crate) fn sayso(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    for name in ["SAYSO_SERVER", "SAYSO_DATA", "SAYSO_STORE", "SAYSO_SEEDS", "SAYSO_PARAM", "SAYSO_FORMAT"] {
        command.env_remove(name);
    }
    command
}

/// Exit status, standard output, standard error.
pub(crate) fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the command was built");
    let text = |bytes| String::from_utf8(bytes).expect("it writes UTF-8");
    (status.code().expect("no signal ends it"), text(stdout), text(stderr))
}

pub(crate) fn done(stdout: &str, stderr: &str) -> (i32, String, String) {
    (0, stdout.to_owned(), stderr.to_owned())
}

#[test]
fn packs_are_asked_without_a_server() {
    let asked = run(&mut sayso(&["query", "--seeds", SEEDS, "figure where actor=NK and kind=workers"]));
    assert_eq!(
        asked,
        done(
            "\
id               grade  figure              claim                                                                                                            when                      by                                             via
─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
workers-present  sure   ~4000 person        Some 4,000 workers from North Korea are thought to be in Russia by now.                                          [2024-02-09..2025-02-10]  Official of the National Intelligence Service  The Korea Herald → Unnamed outlet
workers-sent     sure   >=thousands person  Within a year North Korea supplied building sites all over Russia with workers, thousands of them at the least.  2024-02/2025-02           National Intelligence Service                  Unnamed outlet
",
            ""
        )
    );
}

#[test]
fn options_and_environment_say_the_same() {
    let query = "claim where kind=$kind count by type";
    let table = "type,sure,possible\nnorm,6,0\nstatement,4,0\nfigure,2,0\n";
    let by_options = ["query", query, "--seeds", SEEDS, "--param", "kind=workers", "--format", "csv"];
    assert_eq!(run(&mut sayso(&by_options)), done(table, ""));
    let by_environment = run(sayso(&["query", query])
        .env("SAYSO_SEEDS", SEEDS)
        .env("SAYSO_PARAM", "kind=workers")
        .env("SAYSO_FORMAT", "csv"));
    assert_eq!(by_environment, done(table, ""));
}

#[test]
fn lines_of_json_are_rows() {
    let query = "claim where via='The Korean Herald' list id, hops, value";
    assert_eq!(
        run(&mut sayso(&["query", query, "--seeds", SEEDS, "--format", "jsonl"])),
        done(
            r#"{"id":"worker-stipend","hops":2,"value":"~800","truth":"TRUTH_SURE"}
{"id":"workers-present","hops":2,"value":"~4000","truth":"TRUTH_SURE"}
"#,
            ""
        )
    );
}

#[test]
fn what_is_not_data_goes_to_standard_error() {
    let (status, stdout, stderr) = run(&mut sayso(&["query", "--seeds", SEEDS, "figure where actr=NK"]));
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert_eq!(
        stderr,
        "UNKNOWN_ATTRIBUTE at 13..17: `figure` has no attribute `actr`
  figure where actr=NK
               ^^^^
  did you mean `actor`?
"
    );
    let nothing = ["query", "--seeds", SEEDS, "claim where label.nobody=x"];
    let note = "note: the ledger holds nothing with this `label.nobody`\nnothing found\n";
    assert_eq!(run(&mut sayso(&nothing)), done("", note));
    let (status, stdout, stderr) = run(&mut sayso(&["query", "claim", "--server", "http://127.0.0.1:1"]));
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert_eq!(
        stderr,
        "cannot reach http://127.0.0.1:1: Connection refused (os error 111); is `sayso serve` running?\n"
    );
    assert_eq!(run(&mut sayso(&["query", "claim", "--server", "127.0.0.1:1"])), (1, stdout, stderr));
    let param = ["query", "--seeds", SEEDS, "claim where retracted=$gone", "--param", "gone=true"];
    let (status, stdout, stderr) = run(&mut sayso(&param));
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert_eq!(
        stderr,
        "UNKNOWN_VALUE at 22..27: `true` is no value of `retracted`: there are `yes` and `no`
  claim where retracted=$gone
                        ^^^^^
"
    );
}

#[test]
fn wrong_usage_has_a_status_of_its_own() {
    for usage in [
        &["explain"][..],
        &["query", "claim", "--format", "xml"],
        &["query", "claim", "--param", "kind"],
        &["query", "claim", "--server", "http://127.0.0.1:1", "--data", "d"],
        &["query", "claim", "--server", "http://127.0.0.1:1", "--seeds", "d"],
        &["import"],
        &["nothing"],
    ] {
        let (status, stdout, stderr) = run(&mut sayso(usage));
        assert_eq!((status, stdout.as_str()), (2, ""), "{usage:?}: {stderr}");
    }
}

#[test]
fn packs_become_a_ledger_in_a_directory() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let data = data.to_str().unwrap();
    assert_eq!(
        run(&mut sayso(&["query", "claim", "--data", data])),
        (1, String::new(), format!("there is no ledger in {data}\n"))
    );
    let files =
        ["registry", "outlet-2025-02-10", "security-council"].map(|name| format!("{SEEDS}/{name}.yaml"));
    let [registry, article, resolutions] = &files;
    let import = ["import", registry, article, resolutions, "--data", data];
    assert_eq!(run(&mut sayso(&import)), done("", "65 created, 0 new versions, 0 unchanged; revision 1\n"));
    assert_eq!(run(&mut sayso(&import)), done("", "0 created, 0 new versions, 65 unchanged; revision 1\n"));
    let count = ["query", "claim count", "--data", data, "--format", "csv"];
    assert_eq!(run(&mut sayso(&count)), done("sure,possible\n25,0\n", ""));
}

#[test]
fn reviews_and_statements_are_known_by_what_is_in_them() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let data = data.to_str().unwrap();
    let kept = |name: &str| format!("{}/tests/data/interchange/{name}", env!("CARGO_MANIFEST_DIR"));
    let import = |name: &str| run(&mut sayso(&["import", &kept(name), "--data", data]));
    let query = |text: &str| run(&mut sayso(&["query", text, "--data", data, "--format", "csv"]));

    let left_out = "left out: author.logo (1), itemReviewed.author.jobTitle (1), nodes of type WebPage (1), \
                    verdicts of ratings that are not on their scale (1)\n";
    let tally = "22 created, 0 new versions, 0 unchanged; revision 1\n";
    assert_eq!(import("reviews.jsonld"), done("", &format!("{tally}{left_out}")));
    let tally = "0 created, 0 new versions, 8 unchanged; revision 1\n\
                 14 entities, sources and documents left as the ledger has them\n";
    assert_eq!(import("reviews.jsonld"), done("", &format!("{tally}{left_out}")));
    assert_eq!(
        query("claim where action=claimreview.rate list label.claimreview.rating"),
        done(
            "label.claimreview.rating,grade\nHolds,sure\nCannot be checked,sure\nWrong resolution,sure\n",
            ""
        )
    );

    let left_out = "left out: references by payer to what is not in the file (1)\n";
    let tally = "67 created, 0 new versions, 0 unchanged; revision 2\n";
    assert_eq!(import("statements.csv"), done("", &format!("{tally}{left_out}")));
    assert_eq!(
        query("claim where kind=ftm.topics list actor, kind, by"),
        done("actor,kind,by,grade\nnorth-korea,ftm.topics.sanction,ftm.un_sc,sure\n", "")
    );
    assert_eq!(
        query("claim where kind=ftm.amount and value > 700 and unit=USD list target, by"),
        done("target,by,grade\nworkers-in-russia,ftm.outlet,sure\n", "")
    );

    let export = |query: &str, format: &str| {
        let (status, stdout, _) = run(&mut sayso(&["export", query, "--data", data, "--format", format]));
        assert_eq!(status, 0);
        stdout
    };
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let statements = std::fs::read_to_string(kept("statements.csv")).unwrap();
    assert_eq!(sorted(&export("claim where kind=ftm", "ftm")), sorted(&statements));
    let reviews = std::fs::read_to_string(kept("reviews-written.jsonld")).unwrap();
    assert_eq!(export("claim where kind=claimreview", "claimreview"), reviews);

    let broken = home.path().join("broken.csv");
    std::fs::write(&broken, "entity_id,prop,schema,value,dataset\na,name,Person,,d\n").unwrap();
    assert_eq!(
        run(&mut sayso(&["import", broken.to_str().unwrap(), "--data", data])),
        (1, String::new(), format!("{}:2: `value` is empty\n", broken.display()))
    );
}

#[test]
fn faulty_reviews_are_left_out_and_reported() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("reviews.jsonld");
    let review = |author: &str, more: &str| {
        format!(
            r#"{{"@type":"ClaimReview","url":"https://x.test/{author}","author":{{"@type":"Organization","name":"{author}"}}{more}}}"#
        )
    };
    let whole = r#","claimReviewed":"The sky is green.""#;
    let texts = [
        review("A", whole),
        format!("[{},{}]", review("B", ""), review("C", whole)),
        review("C", ",\"claimReviewed\":\"It is blue.\""),
    ];
    std::fs::write(&file, texts.join("\n")).unwrap();
    let file = file.to_str().unwrap();
    let server = Server::start(&home.path().join("served"));
    let data = home.path().join("data");
    let report = home.path().join("report.jsonl");
    for target in [["--data", data.to_str().unwrap()], ["--server", &server.url]] {
        let told = format!("{file}:2: [0]: `claimReviewed` is missing\n");
        assert_eq!(run(sayso(&["import", file]).args(target)), (1, String::new(), told));
        let reported = ["import", file, "--continue-on-error", report.to_str().unwrap()];
        let told = format!("1 items are not written: {} says why\n", report.display());
        let (status, _, stderr) = run(sayso(&reported).args(target));
        assert!(status == 1 && stderr.contains(" created, 0 new versions, 0 unchanged"), "{stderr}");
        assert!(stderr.ends_with(&told), "{stderr}");
        let lines = std::fs::read_to_string(&report).unwrap().replace(file, "FILE");
        assert_eq!(
            lines,
            r#"{"file":"FILE","line":2,"message":"`claimReviewed` is missing","path":"[0]"}
"#
        );
        let count = ["query", "claim where action=claimreview.rate list by", "--format", "csv"];
        assert_eq!(run(sayso(&count).args(target)).1, "by,grade\nc,sure\nc,sure\na,sure\n");
    }
}

#[test]
fn a_server_is_asked_and_written_to() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut server = Server::start(&data);
    let registry = format!("{SEEDS}/registry.yaml");
    let import = ["import", &registry, "--server", &server.url];
    assert_eq!(run(&mut sayso(&import)), done("", "37 created, 0 new versions, 0 unchanged; revision 1\n"));
    let query = ["query", "entity where id=russia list name, kind", "--format", "csv"];
    let table = "name,kind,grade\nRussia,country,sure\n";
    assert_eq!(run(sayso(&query).env("SAYSO_SERVER", &server.url)), done(table, ""));

    let pack = home.path().join("pack.yaml");
    std::fs::write(&pack, "claims:\n  - { id: a, text: T, type: event, attribution: [{ sources: [x] }] }\n")
        .unwrap();
    let (status, stdout, stderr) =
        run(&mut sayso(&["import", pack.to_str().unwrap(), "--server", &server.url]));
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert_eq!(
        stderr,
        format!("{}:2: claims[0] (a).attribution[0].sources[0]: there is no source `x`\n", pack.display())
    );
    let (status, _, stderr) = run(&mut sayso(&["query", "claim where", "--server", &server.url]));
    assert_eq!(status, 1);
    assert_eq!(
        stderr,
        "UNEXPECTED at 11..11: found the end of the query, expected an attribute, `not` or `(`
  claim where
             ^
"
    );

    // While the server has the directory, nobody else has.
    let (status, _, stderr) = run(&mut sayso(&["query", "claim", "--data", data.to_str().unwrap()]));
    let in_use = "is in use by another process; a directory has one server at a time";
    assert_eq!((status, stderr), (1, format!("the data directory {} {in_use}\n", data.display())));
    server.stop();
    let query = ["query", "entity where id=russia list name, kind", "--format", "csv", "--data"];
    assert_eq!(run(sayso(&query).arg(&data)), done(table, ""));
}

/// A server that is killed if it was not stopped.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_at(data, "127.0.0.1:0")
    }

    pub(crate) fn start_at(data: &Path, address: &str) -> Self {
        let mut command = sayso(&["serve", "--listen", address, "--data"]);
        let mut process = command.arg(data).stderr(Stdio::piped()).spawn().expect("the command was built");
        let mut lines = BufReader::new(process.stderr.take().expect("it is piped")).lines();
        let url = lines.by_ref().find_map(|line| {
            let line = line.expect("it writes UTF-8");
            let (_, url) = line.split_once("--server ")?;
            url.split_once(' ').map(|(url, _)| url.to_owned())
        });
        // What it says later is read to its end, so that it can say it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url: url.expect("it says where it listens") }
    }

    /// Ends it as a shell would, by SIGTERM.
    pub(crate) fn stop(&mut self) {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().expect("there is a kill");
        assert!(told.success());
        assert_eq!(self.process.wait().map(|status| status.code()).expect("it ends"), Some(0));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_reader_that_has_read_enough_is_no_failure() {
    for format in ["table", "json", "jsonl", "csv"] {
        let mut command = sayso(&["query", "claim", "--seeds", SEEDS, "--format", format]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(process.stdout.take());
        let Output { status, stderr, .. } = process.wait_with_output().unwrap();
        assert_eq!((status.code(), String::from_utf8(stderr).unwrap().as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn a_refused_pack_leaves_nothing_and_names_its_lines() {
    let home = tempfile::tempdir().unwrap();
    let pack = home.path().join("pack.yaml");
    let data = home.path().join("data");
    let (pack, data) = (pack.to_str().unwrap(), data.to_str().unwrap());
    let write = |text: &str| std::fs::write(Path::new(pack), text).unwrap();
    let import = ["import", pack, "--data", data];

    write("entities:\n  - { id: a, kind: contry, name: A }\n");
    let (status, stdout, stderr) = run(&mut sayso(&import));
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert_eq!(
        stderr,
        format!(
            "{pack}:2:20: entities[0].kind: unknown word `contry`; did you mean `country`? Words here: country, \
             place, person, organization, group, asset, instrument, incident, topic, action\n"
        )
    );

    write(
        "entities:\n  - { id: a, kind: country, name: A }\n  - { id: b, kind: place, name: B, parents: [c] }\n",
    );
    let (status, stdout, stderr) = run(&mut sayso(&import));
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert_eq!(stderr, format!("{pack}:3: entities[1] (b).parents[0]: there is no entity `c`\n"));
    let count = ["query", "entity count", "--data", data, "--format", "csv"];
    assert_eq!(run(&mut sayso(&count)), done("sure,possible\n0,0\n", ""));
}

#[test]
fn explain_shows_what_each_condition_leaves() {
    let query = "event where not (actor=RU or actor=NK) and when=2025-01/..";
    let table = "\
condition                         sure  possible  sure so far  possible so far  read as
───────────────────────────────────────────────────────────────────────────────────────────────────────────────
event                             8     0         8            0
where not (actor=RU or actor=NK)  1     0         1            0
  actor=RU                        0     0                                       country russia and 4 below it
  actor=NK                        7     0                                       country north-korea
and when=2025-01/..               6     0         0            0                [2025-01-01T00:00:00Z, ..]
";
    let asked = run(&mut sayso(&["explain", query, "--seeds", SEEDS]));
    assert_eq!(asked, done(table, ""));
    let before = format!("explain {query}");
    assert_eq!(run(&mut sayso(&["explain", &before, "--seeds", SEEDS])), asked);
    assert_eq!(run(&mut sayso(&["query", &before, "--seeds", SEEDS])), asked);

    let list = ["explain", "norm, event list id", "--seeds", SEEDS, "--format", "csv"];
    let table = "condition,sure,possible,sure so far,possible so far,read as\n\"norm, event\",14,0,14,0,\n";
    assert_eq!(run(&mut sayso(&list)), done(table, ""));

    let (status, json, stderr) =
        run(&mut sayso(&["explain", "source", "--seeds", SEEDS, "--format", "jsonl"]));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let mut told: serde_json::Value = serde_json::from_str(&json).expect("one document");
    assert!(told["spent"].take()["countUs"].is_string(), "{json}");
    let expected = r#"{"junction":"JUNCTION_ALL","rows":{"sure":"10"},"spent":null,"totals":{"sure":"10"}}"#;
    assert_eq!(told.to_string(), expected);

    let (status, _, stderr) = run(&mut sayso(&["explain", "figure where actr=NK", "--seeds", SEEDS]));
    assert_eq!(status, 1);
    assert_eq!(stderr.lines().next(), Some("UNKNOWN_ATTRIBUTE at 13..17: `figure` has no attribute `actr`"));
}

#[test]
fn shells_get_their_completions() {
    let (status, script, _) = run(&mut sayso(&["completions", "bash"]));
    assert_eq!(status, 0);
    assert_eq!(script.lines().next(), Some("_sayso() {"));
    for option in ["--server", "--seeds", "--param", "--format"] {
        assert!(script.contains(option), "{option}");
    }
}

#[test]
fn a_query_is_read_from_what_is_no_terminal() {
    let mut child = sayso(&["query", "--seeds", SEEDS, "--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command was built");
    let mut input = child.stdin.take().expect("it is piped");
    std::io::Write::write_all(&mut input, b"figure where kind=workers\ncount by type\n").expect("it reads");
    drop(input);
    let Output { stdout, stderr, .. } = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&stdout), "type,sure,possible\nfigure,2,0\n");
    assert_eq!(String::from_utf8_lossy(&stderr), "");
}

#[test]
fn claims_are_taken_back_in_a_data_directory() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let packs =
        ["registry", "outlet-2025-02-10", "security-council"].map(|name| format!("{SEEDS}/{name}.yaml"));
    let import = ["import", "--data", data].into_iter().chain(packs.iter().map(String::as_str));
    assert_eq!(run(&mut sayso(&import.collect::<Vec<_>>())).0, 0);
    let retract = ["retract", "--data", data, "--reason", "The outlet corrected it.", "workers-sent"];
    assert_eq!(run(&mut sayso(&retract)), done("workers-sent version 1: retracted\nrevision 2\n", ""));
    assert_eq!(
        run(&mut sayso(&retract)),
        done("workers-sent version 1: was retracted before\nrevision 2\n", "")
    );
    let unknown = ["retract", "--data", data, "--reason", "It never was.", "no-such-claim"];
    let refused = "ids[0]: the ledger has no claim `no-such-claim`\n";
    assert_eq!(run(&mut sayso(&unknown)), (1, String::new(), refused.to_owned()));
    let nowhere = directory.path().join("nowhere");
    let nowhere = ["retract", "--data", nowhere.to_str().unwrap(), "--reason", "x", "a"];
    assert_eq!(run(&mut sayso(&nowhere)).0, 1);
}

#[test]
fn a_ledger_is_verified_in_its_directory_and_by_its_server() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let verify = ["verify", "--data", data];
    let nothing = format!("there is no ledger in {data}\n");
    assert_eq!(run(&mut sayso(&verify)), (1, String::new(), nothing));
    let packs =
        ["registry", "outlet-2025-02-10", "security-council"].map(|name| format!("{SEEDS}/{name}.yaml"));
    let import = ["import", "--data", data].into_iter().chain(packs.iter().map(String::as_str));
    assert_eq!(run(&mut sayso(&import.collect::<Vec<_>>())).0, 0);
    let (status, sound, told) = run(&mut sayso(&verify));
    assert_eq!((status, told.as_str()), (0, ""));
    let rest = sound.strip_prefix("sound: revision 1, versions of claims ").unwrap();
    let (_, digest) = rest.split_once(", sealed files 0\ndigest ").unwrap();
    assert_eq!(digest.trim_end().len(), 64, "{sound}");
    let by_server = || {
        let mut server = Server::start(directory.path());
        let told = run(&mut sayso(&["verify", "--server", &server.url]));
        server.stop();
        told
    };
    assert_eq!(by_server(), (0, sound, told));

    let items = redb::TableDefinition::<(u8, u64), &[u8]>::new("items");
    let database = redb::Database::open(directory.path().join("ledger.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut items = transaction.open_table(items).unwrap();
        let mut claim = items.get((4, 3)).unwrap().unwrap().value().to_vec();
        claim[30] ^= 1;
        items.insert((4, 3), claim.as_slice()).unwrap();
    }
    transaction.commit().unwrap();
    drop(database);
    let damaged = "the ledger is damaged: claim 3, of revision 1, does not agree with its checksum in ledger.redb; \
                   restore the data directory from a backup\n";
    assert_eq!(run(&mut sayso(&verify)), (1, String::new(), damaged.to_owned()));
    assert_eq!(by_server(), (1, String::new(), damaged.to_owned()));
}

/// The next lines of a running command.
fn next_lines(output: &mut impl BufRead, count: usize) -> Vec<String> {
    let mut line = || {
        let mut line = String::new();
        output.read_line(&mut line).expect("it writes UTF-8");
        line.trim_end().to_owned()
    };
    (0..count).map(|_| line()).collect()
}

#[test]
fn a_watch_goes_on_when_its_server_is_back() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut server = Server::start(&data);
    let (_, address) = server.url.split_once("//").expect("it is a URL");
    let address = address.to_owned();
    let seeds = std::fs::read_dir(SEEDS).unwrap().map(|entry| entry.unwrap().path());
    let (status, ..) = run(sayso(&["import", "--server", &server.url]).args(seeds));
    assert_eq!(status, 0);
    let mut command = sayso(&[
        "watch",
        "figure where kind=workers and value>=1000",
        "--after",
        "0",
        "--server",
        &server.url,
    ]);
    let mut watch = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(watch.stdout.take().unwrap());
    let mut said = BufReader::new(watch.stderr.take().unwrap());
    let shown = next_lines(&mut told, 2);
    assert_eq!(
        shown,
        [
            "1  + workers-present  sure  ~4000 person  Some 4,000 workers from North Korea are thought to be in Russia by now.",
            "1  + workers-sent  sure  >=thousands person  Within a year North Korea supplied building sites all over Russia with workers, thousands of them at the least.",
        ]
    );
    // The page shows just this.
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/watch.md")).unwrap();
    assert!(page.contains(&format!("```text\n{}\n```", shown.join("\n"))));
    server.stop();
    assert_eq!(
        next_lines(&mut said, 1),
        [
            "this server is ending: ask another, or this one again when it is back; a stream goes on from the last token, checkpoint or acknowledgement that it gave; going on after revision 1"
        ]
    );
    let data = data.to_str().unwrap();
    let retract = ["retract", "workers-sent", "--reason", "Withdrawn.", "--data", data];
    assert_eq!(run(&mut sayso(&retract)), done("workers-sent version 1: retracted\nrevision 2\n", ""));
    let _server = Server::start_at(Path::new(data), &address);
    assert_eq!(next_lines(&mut told, 1), ["2  - workers-sent  was sure, retracted"]);
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn what_cannot_be_watched_is_refused_at_once() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&home.path().join("data"));
    let refused = run(&mut sayso(&["watch", "figure limit 3", "--server", &server.url]));
    let expected = "\
WRONG_CLAUSE at 13..14: `3` is no limit of a watch, which goes on
  figure limit 3
               ^
  write `figure`
";
    assert_eq!(refused, (1, String::new(), expected.to_owned()));
}

#[test]
fn a_ledger_is_backed_up_and_restored() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let [data, copy, back] = ["data", "copy", "back"].map(path);
    let backup = ["backup", &copy, "--data", &data];
    let nothing = format!("there is no ledger in {data}\n");
    assert_eq!(run(&mut sayso(&backup)), (1, String::new(), nothing));
    assert!(!home.path().join("data").exists());
    let import = |pack: &str| {
        let pack = format!("{SEEDS}/{pack}.yaml");
        assert_eq!(run(&mut sayso(&["import", &pack, "--data", &data])).0, 0);
    };
    import("registry");
    let (status, first, told) = run(&mut sayso(&backup));
    assert_eq!((status, told.as_str()), (0, ""));
    let digest = first.strip_prefix("backed up: revision 1, sealed files 0, of which 0 were there\ndigest ");
    assert_eq!(digest.unwrap().trim_end().len(), 64);
    import("outlet-2025-02-10");
    let server = Server::start(Path::new(&data));
    let (status, second, told) = run(sayso(&["backup", &copy]).env("SAYSO_SERVER", &server.url));
    assert_eq!((status, told.as_str()), (0, ""));
    let digest =
        second.strip_prefix("backed up: revision 2, sealed files 0, of which 0 were there\n").unwrap();
    // The directory that is served is no place for a copy.
    let (status, _, told) = run(&mut sayso(&["backup", &data, "--server", &server.url]));
    let in_use = format!(
        "what {data} has cannot be compared with the new copy: the data directory {data} is in use by another \
         process; a directory has one server at a time\n"
    );
    assert_eq!((status, told), (1, in_use));
    drop(server);

    let verify = |data: &str| run(&mut sayso(&["verify", "--data", data]));
    let (status, sound, _) = verify(&copy);
    assert_eq!((status, sound.split_once('\n').unwrap().1), (0, digest));
    let restore = ["restore", &copy, "--data", &back];
    assert_eq!(run(&mut sayso(&restore)), done(&sound.replace("sound: ", "restored: "), ""));
    assert_eq!(verify(&back), done(&sound, ""));
    let occupied = format!("{back} has a ledger already: name another directory, or move that away\n");
    assert_eq!(run(&mut sayso(&restore)), (1, String::new(), occupied));
    assert_eq!(run(&mut sayso(&["restore", &data, "--data", home.path().to_str().unwrap()])).0, 1);
    // A source that is refused leaves nothing where its copy was to be.
    let [newer, nowhere] = ["newer", "nowhere"].map(path);
    std::fs::create_dir(&newer).unwrap();
    std::fs::write(Path::new(&newer).join("ledger.redb"), "none").unwrap();
    assert_eq!(run(&mut sayso(&["backup", &nowhere, "--data", &newer])).0, 1);
    std::fs::remove_dir_all(&newer).unwrap();

    // What follows in the one does not follow in the other.
    let retract =
        |data: &str| ["retract", "--data", data, "--reason", "No.", "workers-sent"].map(str::to_owned);
    assert_eq!(run(&mut sayso(&retract(&copy).each_ref().map(String::as_str))).0, 0);
    let diverged = format!(
        "{copy} has another ledger, or one that is ahead: its revision 3 is not in the new copy; name another \
         directory\n"
    );
    assert_eq!(run(&mut sayso(&backup)), (1, String::new(), diverged));
    let names = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["back", "copy", "data"]);
}

#[test]
fn a_backup_that_is_damaged_or_newer_is_not_restored() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let [copy, back] = ["copy", "back"].map(path);
    let pack = format!("{SEEDS}/registry.yaml");
    assert_eq!(run(&mut sayso(&["import", &pack, "--data", &copy])).0, 0);
    let refused = || {
        let (status, told, said) = run(&mut sayso(&["restore", &copy, "--data", &back]));
        assert_eq!((status, told.as_str()), (1, ""));
        assert!(!Path::new(&back).exists());
        said
    };
    let change = |change: &dyn Fn(&redb::WriteTransaction)| {
        let database = redb::Database::open(Path::new(&copy).join("ledger.redb")).unwrap();
        let transaction = database.begin_write().unwrap();
        change(&transaction);
        transaction.commit().unwrap();
    };
    let flip = |transaction: &redb::WriteTransaction| {
        let items = redb::TableDefinition::<(u8, u64), &[u8]>::new("items");
        let mut items = transaction.open_table(items).unwrap();
        let mut source = items.get((2, 3)).unwrap().unwrap().value().to_vec();
        source[20] ^= 1;
        items.insert((2, 3), source.as_slice()).unwrap();
    };
    change(&flip);
    let damaged = format!(
        "{copy} is damaged: source 3 in ledger.redb cannot be read; nothing was restored: restore another backup\n"
    );
    assert_eq!(refused(), damaged);
    change(&flip);
    // A record that is not there has no checksum that could fail.
    change(&|transaction| {
        let items = redb::TableDefinition::<(u8, u64), &[u8]>::new("items");
        transaction.open_table(items).unwrap().pop_last().unwrap();
    });
    let said = refused();
    assert!(said.starts_with(&format!("{copy} is damaged: source ")), "{said}");
    change(&|transaction| {
        let meta = redb::TableDefinition::<&str, u64>::new("meta");
        transaction.open_table(meta).unwrap().insert("format", 77).unwrap();
    });
    assert_eq!(
        refused(),
        format!(
            "the data directory {copy} has format 77, and this version of Sayso reads formats 2 to 3: a newer \
             version wrote it, which is needed to open it\n"
        )
    );
}

#[test]
fn a_backup_does_not_go_into_a_ledger() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().canonicalize().unwrap().join("data");
    let server = Server::start(&data);
    for within in ["segments", "segments/copy", "copy"] {
        let copy = data.join(within);
        let refused = run(sayso(&["backup", "--server", &server.url]).arg(&copy));
        let expected = format!(
            "{} is within the ledger of {}: name a directory outside of it\n",
            copy.display(),
            data.display()
        );
        assert_eq!(refused, (1, String::new(), expected));
    }
    let names: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}
