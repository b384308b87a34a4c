//! Finds fields that the contract does not have: a writer who sends one must learn that it would
//! be dropped.

use super::contract::descriptors;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use std::collections::BTreeMap;

/// Messages within messages, as many as prost decodes.
const MAX_DEPTH: usize = 100;

/// A field that the contract does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// The message that holds it, as `claims[3].figure`; empty for the outermost. An entry of a map
    /// has its number among those sent.
    pub path: String,
    /// Its number.
    pub number: u32,
}

/// The first field that the contract does not have, anywhere in the encoding of a message of this
/// full name (`sayso.v1.RecordRequest`). Bytes that do not decode have none: decoding refuses them.
pub fn unknown_field(full_name: &str, bytes: &[u8]) -> Option<UnknownField> {
    let message = descriptors().get_message_by_name(full_name)?;
    search(&message, bytes, MAX_DEPTH)
}

fn search(message: &MessageDescriptor, mut bytes: &[u8], depth: usize) -> Option<UnknownField> {
    let mut elements = BTreeMap::<u32, usize>::new();
    while !bytes.is_empty() {
        let (number, wire_type) = decode_key(&mut bytes).ok()?;
        let Some(field) = message.get_field(number) else {
            return Some(UnknownField { path: String::new(), number });
        };
        let (Kind::Message(inner), WireType::LengthDelimited) = (field.kind(), wire_type) else {
            skip_field(wire_type, number, &mut bytes, DecodeContext::default()).ok()?;
            continue;
        };
        let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
        let (content, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        let seen = elements.entry(number).or_default();
        if let Some(found) = search(&inner, content, depth.checked_sub(1)?) {
            return Some(UnknownField { path: join(&field, *seen, &found.path), number: found.number });
        }
        *seen += 1;
    }
    None
}

fn join(field: &FieldDescriptor, index: usize, below: &str) -> String {
    let mut path = field.name().to_owned();
    if field.is_list() || field.is_map() {
        path.push_str(&format!("[{index}]"));
    }
    if !below.is_empty() {
        path.push('.');
        path.push_str(below);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::pb;
    use prost::{Message, Name};

    fn request(claims: Vec<pb::Claim>) -> Vec<u8> {
        pb::RecordRequest { claims, request_id: "r1".into(), ..Default::default() }.encode_to_vec()
    }

    fn found(bytes: &[u8]) -> Option<(String, u32)> {
        unknown_field(&pb::RecordRequest::full_name(), bytes).map(|field| (field.path, field.number))
    }

    /// A length-delimited field of this number, below 16, or of 1000.
    fn field(number: u32, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        prost::encoding::encode_varint(u64::from(number << 3 | 2), &mut bytes);
        prost::encoding::encode_varint(content.len() as u64, &mut bytes);
        bytes.extend(content);
        bytes
    }

    #[test]
    fn what_the_contract_has_is_known() {
        let claim = pb::Claim {
            id: "c".into(),
            when: Some(pb::Time { text: "2025".into(), ..Default::default() }),
            labels: [("k".to_owned(), "v".to_owned())].into(),
            content: Some(pb::claim::Content::Event(pb::Event {})),
            ..Default::default()
        };
        assert_eq!(found(&request(vec![claim])), None);
    }

    #[test]
    fn an_unknown_field_is_found_at_every_depth() {
        let mut outermost = request(vec![pb::Claim::default()]);
        outermost.extend(field(1000, b"x"));
        assert_eq!(found(&outermost), Some((String::new(), 1000)));

        let mut second_claim = request(vec![pb::Claim::default()]);
        second_claim.extend(field(1, &field(12, &field(9, b"x"))));
        assert_eq!(found(&second_claim), Some(("claims[1].when".to_owned(), 9)));

        let entry = field(1, &field(24, &field(3, b"x")));
        assert_eq!(found(&entry), Some(("claims[0].labels[0]".to_owned(), 3)));
    }

    #[test]
    fn bytes_that_do_not_decode_are_left_to_the_decoder() {
        let mut cut = field(1, &field(12, b"2025"));
        cut.truncate(4);
        assert_eq!(found(&cut), None);
        assert!(pb::RecordRequest::decode(&cut[..]).is_err());
    }
}
