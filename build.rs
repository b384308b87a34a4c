//! Compiles the contract: descriptors for reflection, and messages, servers and clients in Rust.

use protox::prost::Message;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const CONTRACT: &str = "proto/sayso/v1";
const INCLUDES: [&str; 2] = ["proto", "third_party/googleapis"];
/// Served by reflection so that any client can print error details; tonic-types has them in Rust.
const ERROR_DETAILS: [&str; 2] = [
    "third_party/googleapis/google/rpc/error_details.proto",
    "third_party/googleapis/google/rpc/status.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    for include in INCLUDES {
        println!("cargo::rerun-if-changed={include}");
    }
    let contract = proto_files(Path::new(CONTRACT))?;
    let served = contract.iter().cloned().chain(ERROR_DETAILS.map(PathBuf::from));
    let descriptors = protox::compile(served, INCLUDES)?.encode_to_vec();
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("sayso_descriptor.bin"), descriptors)?;

    let mut config = prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .btree_map(".")
        .codec_path("crate::service::Codec")
        .compile_fds_with_config(protox::compile(contract, INCLUDES)?, config)?;
    Ok(())
}

/// The folder's files, sorted, so that every machine builds the same descriptors.
fn proto_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
