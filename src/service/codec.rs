//! Reads requests as prost does, but refuses a write that has fields the contract does not have: what
//! was sent is recorded whole or not at all.

use super::status;
use crate::wire::{pb, unknown_field};
use bytes::Buf;
use prost::{Message, Name};
use std::marker::PhantomData;
use tonic::Status;
use tonic::codec::{BufferSettings, Codec as Coding, DecodeBuf, Decoder};
use tonic_prost::ProstCodec;

/// The codec of every call.
#[derive(Clone, Debug)]
pub struct Codec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Coding for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Name + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = <ProstCodec<T, U> as Coding>::Encoder;
    type Decoder = CheckedDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::raw_encoder(BufferSettings::default())
    }

    fn decoder(&mut self) -> Self::Decoder {
        CheckedDecoder(PhantomData)
    }
}

/// Decodes one sort of message.
#[derive(Clone, Debug)]
pub struct CheckedDecoder<U>(PhantomData<U>);

impl<U: Message + Name + Default> Decoder for CheckedDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        if ![pb::RecordRequest::NAME, pb::ImportRequest::NAME].contains(&U::NAME) {
            return U::decode(source).map(Some).map_err(|error| status::undecodable(&error));
        }
        let bytes = source.copy_to_bytes(source.remaining());
        if let Some(field) = unknown_field(&U::full_name(), &bytes) {
            return Err(status::unknown_field(&field));
        }
        U::decode(bytes).map(Some).map_err(|error| status::undecodable(&error))
    }
}
