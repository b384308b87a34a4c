//! Tables into a ledger by `sayso import --mapping`, with the mappings of docs/mappings and extracts of
//! the data that they are for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Exit status, standard output, standard error; paths of this run are cut to their last part.
fn sayso(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
    command.args(arguments).current_dir(root());
    for name in ["SAYSO_SERVER", "SAYSO_DATA", "SAYSO_STORE", "SAYSO_SEEDS", "SAYSO_PARAM", "SAYSO_FORMAT"] {
        command.env_remove(name);
    }
    let Output { status, stdout, stderr } = command.output().expect("the command was built");
    let text = |bytes| {
        let text = String::from_utf8(bytes).expect("it writes UTF-8");
        text.replace(&format!("{}/", directory.display()), "")
    };
    (status.code().expect("no signal ends it"), text(stdout), text(stderr))
}

/// Imports an extract, past what is broken in it; what the command says.
fn import(directory: &Path, mapping: &str, table: &str) -> String {
    let data = directory.join("ledger");
    let report = directory.join("broken.csv");
    let (_, stdout, stderr) = sayso(
        directory,
        &[
            "import",
            "--mapping",
            &format!("docs/mappings/{mapping}.yaml"),
            &format!("tests/data/mapping/{table}"),
            "--data",
            data.to_str().expect("UTF-8"),
            "--continue-on-error",
            report.to_str().expect("UTF-8"),
        ],
    );
    assert_eq!(stdout, "");
    stderr
}

fn report(directory: &Path) -> String {
    fs::read_to_string(directory.join("broken.csv")).expect("a report was written")
}

fn query(directory: &Path, query: &str) -> String {
    let data = directory.join("ledger");
    let data = data.to_str().expect("UTF-8");
    let (status, stdout, stderr) = sayso(directory, &["query", query, "--data", data, "--format", "csv"]);
    assert_eq!((status, stderr.as_str()), (0, ""), "{query}");
    stdout
}

#[test]
fn a_release_over_another_makes_versions_of_what_was_revised() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    assert_eq!(
        import(at, "ucdp-ged", "ucdp-ged-syria.csv"),
        "141 created, 0 new versions, 0 unchanged, 3 left out; revision 1
3 rows were not written, or not whole: broken.csv says why
"
    );
    assert_eq!(
        report(at),
        r#"file,row,line,field,column,value,message
tests/data/mapping/ucdp-ged-syria.csv,26,27,claims[0].figure,low; best; high,177; 142; 177,"best 142 is not in [177, 177]"
tests/data/mapping/ucdp-ged-syria.csv,49,50,claims[0].figure,low; best; high,13; 13; 12,low 13 is above high 12
tests/data/mapping/ucdp-ged-syria.csv,61,63,claims[0].figure,low; best; high,8; 15; 7,low 8 is above high 7
"#
    );
    assert_eq!(
        import(at, "ucdp-ged", "ucdp-ged-21.1.csv"),
        "160 created, 27 new versions, 28 unchanged, 6 left out; revision 2
76 entities, sources and documents left as the ledger has them
6 rows were not written, or not whole: broken.csv says why
"
    );
    assert_eq!(
        report(at),
        r#"file,row,line,field,column,value,message
tests/data/mapping/ucdp-ged-21.1.csv,26,27,claims[0].figure,low_death; best_death; high_death,177; 142; 177,"best 142 is not in [177, 177]"
tests/data/mapping/ucdp-ged-21.1.csv,39,40,claims[0].figure,low_death; best_death; high_death,136; 136; 135,low 136 is above high 135
tests/data/mapping/ucdp-ged-21.1.csv,56,57,claims[0].figure,low_death; best_death; high_death,2; 8; 6,"best 8 is not in [2, 6]"
tests/data/mapping/ucdp-ged-21.1.csv,59,60,claims[0].figure,low_death; best_death; high_death,13; 13; 12,low 13 is above high 12
tests/data/mapping/ucdp-ged-21.1.csv,77,78,claims[0].figure,low_death; best_death; high_death,2; 2; 1,low 2 is above high 1
tests/data/mapping/ucdp-ged-21.1.csv,113,114,claims[0].figure,low_death; best_death; high_death,1; 2; 1,"best 2 is not in [1, 1]"
"#
    );
    assert_eq!(query(at, "claim where version=2 count"), "sure,possible\n27,0\n");
    assert_eq!(
        import(at, "ucdp-ged-syria", "ucdp-ged-syria.csv"),
        "112 created, 0 new versions, 0 unchanged, 3 left out; revision 3
86 entities, sources and documents left as the ledger has them
3 rows were not written, or not whole: broken.csv says why
"
    );
    assert_eq!(
        query(at, "claim where hops>=2 list id, by, via sort by id"),
        r#"id,by,via,grade
ucdp-syria-216568,sohr,"bbc-monitoring-newsfile, ucdp",sure
ucdp-syria-217021,"sohr, u-s-officials","cnn, ucdp",sure
ucdp-syria-219486,sohr,"syria-live-map, ucdp",sure
ucdp-syria-223866,sohr,"crisis-watch, ucdp",sure
ucdp-syria-224661,sohr,"hrw, syrian-network-for-human-rights, ucdp",sure
ucdp-syria-230106,sohr,"afp, ucdp",sure
ucdp-syria-230555,sohr,"afp, ucdp",sure
ucdp-syria-231588,sohr,"afp, ucdp",sure
ucdp-syria-238360,"turkish-authorities, turkish-military","bbc-monitoring-european, reuters, ucdp",sure
"#
    );
}

#[test]
fn losses_are_counted_by_two_sources() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let done =
        |created, revision| format!("{created} created, 0 new versions, 0 unchanged; revision {revision}\n");
    assert_eq!(import(at, "general-staff-personnel", "general-staff-personnel.json"), done(56, 1));
    let known = "5 entities, sources and documents left as the ledger has them\n";
    let equipment = import(at, "general-staff-equipment", "general-staff-equipment.json");
    assert_eq!(equipment, done(279, 2) + known);
    assert_eq!(
        import(at, "oryx", "oryx.csv"),
        done(237, 3)
            + "14 entities, sources and documents left as the ledger has them
2 rows were not written, or not whole: broken.csv says why
"
    );
    assert_eq!(
        query(
            at,
            "figure where kind=personnel and said in 2022-03-06..2022-03-07 list id, value, hedge sort by id"
        ),
        "id,value,hedge,grade
general-staff-personnel-2022-03-06,~11000,about,sure
general-staff-personnel-2022-03-07,>=11000,at_least,sure
"
    );
    assert_eq!(
        query(at, "figure where kind=tanks and actor=Russia and action=lose envelope by by"),
        "by,subject,range,best,all agree on,unit,claims,origins
general-staff,Russia · Tanks · Lose · flow,12251,12251,12251,,1,1
oryx,Russia · Tanks · Capture · flow,532,532,532,,1,1
oryx,Russia · Tanks · Abandon · flow,370,370,370,,1,1
oryx,Russia · Tanks · Damage · flow,158,158,158,,1,1
oryx,Russia · Tanks · Destroy · flow,2380,2380,2380,,1,1
oryx,Russia · Tanks · Lose · flow,3440,3440,3440,,1,1
"
    );
}

#[test]
fn an_import_ends_at_what_is_broken_and_says_where_to_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let data = at.join("ledger");
    let run = |more: &[&str]| {
        let import =
            ["import", "--mapping", "docs/mappings/oryx.yaml", "tests/data/mapping/oryx.csv", "--data"];
        sayso(at, &[&import[..], &[data.to_str().expect("UTF-8")], more].concat())
    };
    let (status, stdout, stderr) = run(&[]);
    assert_eq!((status, stdout.as_str()), (1, ""));
    let first = "Losses excluding Recon Drones and Trucks - 13640, of which: destroyed: 9785, damaged: 683, abandoned: \
                 951, captured: 2221";
    assert_eq!(
        stderr,
        format!(
            "96 created, 0 new versions, 0 unchanged; revision 1
tests/data/mapping/oryx.csv: row 17 (line 20): equipment_type=\"{first}\": entities[11]: the mapping's table has no \
             `{first}`
what stands before row 17 is written: go on with --from 17 when this is mended, or past it with --continue-on-error \
             REPORT
"
        )
    );
    let written = "150 created, 0 new versions, 0 unchanged; revision 2
15 entities, sources and documents left as the ledger has them
";
    assert_eq!(run(&["--from", "20"]), (0, String::new(), written.to_owned()));
}

#[test]
fn a_dry_run_shows_a_pack_and_writes_nothing() {
    let golden = root().join("tests/data/mapping/dry-run.yaml");
    let (status, stdout, stderr) = sayso(
        Path::new("."),
        &[
            "import",
            "--mapping",
            "docs/mappings/ucdp-ged-syria.yaml",
            "--dry-run=3",
            "--from=12",
            "tests/data/mapping/ucdp-ged-syria.csv",
        ],
    );
    assert_eq!((status, stderr.as_str()), (0, ""));
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        fs::write(&golden, &stdout).expect("the file can be written");
    }
    assert_eq!(stdout, fs::read_to_string(golden).expect("the file is there"));
}

#[test]
fn a_correction_is_a_claim_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let done =
        |created, revision| format!("{created} created, 0 new versions, 0 unchanged; revision {revision}\n");
    assert_eq!(import(at, "general-staff-equipment", "general-staff-equipment.json"), done(284, 1));
    let (totals, corrections) = ("figure where action=lose count by act", "figure where act=corrected");
    let told = query(at, totals);
    let known = "17 entities, sources and documents left as the ledger has them\n";
    let corrected = import(at, "general-staff-corrections", "general-staff-corrections.json");
    assert_eq!(corrected, done(88, 2) + known);
    assert_eq!(query(at, totals), told);
    assert_eq!(query(at, &format!("{corrections} count")), "sure,possible\n86,0\n");
    assert_eq!(
        query(at, &format!("{corrections} and kind=tanks list id, value, action, occasion sort by said")),
        "id,value,action,occasion,grade
general-staff-correction-tanks-2023-05-27,-5,correct-count,general-staff-2023-05-27,sure
general-staff-correction-tanks-2023-10-03,5,correct-count,general-staff-2023-10-03,sure
general-staff-correction-tanks-2025-05-04,2,correct-count,general-staff-2025-05-04,sure
"
    );
    assert_eq!(query(at, &format!("{corrections} and value=0 count")), "sure,possible\n0,0\n");
}

#[test]
fn a_dry_run_tells_what_an_import_refuses() {
    let mapping = ["import", "--mapping", "docs/mappings/ucdp-ged.yaml", "--from=26"];
    let table = "tests/data/mapping/ucdp-ged-21.1.csv";
    let refused = "tests/data/mapping/ucdp-ged-21.1.csv: row 26 (line 27): low_death=\"177\", best_death=\"142\", \
                   high_death=\"177\": claims[0].figure: best 142 is not in [177, 177]\n";
    let dry = sayso(Path::new("."), &[&mapping[..], &["--dry-run=1", table]].concat());
    assert_eq!((dry.0, dry.2.as_str()), (1, refused));
    assert!(dry.1.contains("\n  - id: ucdp-244657\n    text:") && !dry.1.contains("177"), "{}", dry.1);

    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("ledger");
    let data = data.to_str().expect("UTF-8");
    let import = sayso(directory.path(), &[&mapping[..], &["--data", data, table]].concat());
    assert_eq!((import.0, import.2.contains(refused)), (1, true), "{}", import.2);
}
