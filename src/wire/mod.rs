//! Between the contract's messages and the model: one function each way.

mod unknown;

pub use unknown::{UnknownField, unknown_field};

use prost_reflect::DescriptorPool;
use std::sync::LazyLock;

/// The contract's messages, servers and clients, generated from `proto/sayso/v1`.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod pb {
    tonic::include_proto!("sayso.v1");
}

/// The contract's descriptors with their comments, and those of `google.rpc`'s error details.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("sayso_descriptor");

/// The same, read once.
pub fn descriptors() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("protox compiled it in build.rs")
    });
    &POOL
}
