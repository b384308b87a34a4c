//! The contract as build.rs compiled it: Rust types, and descriptors.

use prost_reflect::DescriptorPool;
use std::sync::LazyLock;

/// Messages, servers and clients, generated from `proto/sayso/v1`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::vocabulary as model;
    use std::collections::BTreeMap;

    /// The values of an enum of the contract, without UNSPECIFIED.
    fn in_contract(name: &str) -> BTreeMap<i32, String> {
        let found = descriptors().get_enum_by_name(&format!("sayso.v1.{name}")).unwrap();
        found.values().filter(|v| v.number() != 0).map(|v| (v.number(), v.name().to_owned())).collect()
    }

    #[test]
    fn every_vocabulary_is_the_model_s_in_both_directions() {
        macro_rules! same {
            ($($name:ident $prefix:literal,)+) => {$(
                let in_model: BTreeMap<i32, String> = model::$name::ALL
                    .iter()
                    .map(|value| (value.code(), concat!($prefix, "_").to_owned() + &value.as_str().to_uppercase()))
                    .collect();
                assert_eq!(in_contract(stringify!($name)), in_model);
            )+};
        }
        same! {
            EntityKind "ENTITY_KIND", SourceKind "SOURCE_KIND", InterestStance "INTEREST_STANCE",
            Reliability "RELIABILITY", Credibility "CREDIBILITY", SpeechAct "SPEECH_ACT", Relay "RELAY",
            RelayStance "RELAY_STANCE", Clarity "CLARITY", Mode "MODE", State "STATE", Hedge "HEDGE",
            Basis "BASIS", Modality "MODALITY", LikelihoodBand "LIKELIHOOD_BAND",
            LikelihoodScale "LIKELIHOOD_SCALE", Confidence "CONFIDENCE", RelationKind "RELATION_KIND",
        }
    }

    #[test]
    fn reflection_has_the_comments_and_the_error_details() {
        let claim = descriptors().get_message_by_name("sayso.v1.Claim").unwrap();
        let file = claim.parent_file();
        let comments = file.file_descriptor_proto().source_code_info.as_ref().unwrap();
        let of_claim = comments.location.iter().find(|location| location.path == claim.path()).unwrap();
        assert_eq!(of_claim.leading_comments(), " One utterance of one proposition.\n");
        for detail in ["ErrorInfo", "BadRequest", "RetryInfo", "PreconditionFailure", "ResourceInfo"] {
            let name = format!("google.rpc.{detail}");
            assert_eq!(descriptors().get_message_by_name(&name).unwrap().name(), detail);
        }
    }

    /// The comment above a field of the contract, on one line.
    fn comment(message: &str, field: &str) -> String {
        let message = descriptors().get_message_by_name(&format!("sayso.v1.{message}")).unwrap();
        let field = message.get_field_by_name(field).unwrap();
        let file = message.parent_file();
        let comments = file.file_descriptor_proto().source_code_info.as_ref().unwrap();
        let of_field = comments.location.iter().find(|location| location.path == field.path()).unwrap();
        of_field.leading_comments().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn with_commas(number: usize) -> String {
        if number < 1_000 {
            return number.to_string();
        }
        format!("{},{:03}", number / 1_000, number % 1_000)
    }

    #[test]
    fn comments_give_the_model_s_limits() {
        use crate::model::limits::*;
        let cases = [
            ("Claim", "id", MAX_ID_BYTES, "bytes"),
            ("Claim", "text", MAX_TEXT_CHARS, "characters"),
            ("Claim", "attribution", MAX_ATTRIBUTION_STEPS, "steps"),
            ("Claim", "labels", MAX_LABEL_VALUE_CHARS, "characters"),
            ("Entity", "name", MAX_NAME_CHARS, "characters"),
            ("Entity", "external_ids", MAX_LABEL_VALUE_CHARS, "characters"),
            ("Source", "url", MAX_URL_BYTES, "bytes"),
            ("Document", "title", MAX_NAME_CHARS, "characters"),
            ("Time", "text", MAX_TIME_BYTES, "bytes"),
            ("Figure", "notation", MAX_NOTATION_BYTES, "bytes"),
            ("Figure", "unit", MAX_UNIT_BYTES, "bytes"),
            ("Figure", "unit", MAX_UNIT_BYTES, "bytes"),
            ("Figure", "surface", MAX_PHRASE_CHARS, "characters"),
            ("Norm", "provision", MAX_PHRASE_CHARS, "characters"),
            ("Norm", "unless", MAX_UNLESS_CHARS, "characters"),
            ("AttributionStep", "occasion", MAX_ID_BYTES, "bytes"),
            ("Evidence", "exact", MAX_QUOTE_CHARS, "characters"),
            ("Evidence", "fragment", MAX_PHRASE_CHARS, "characters"),
            ("Likelihood", "words", MAX_PHRASE_CHARS, "characters"),
            ("RecordRequest", "request_id", MAX_REQUEST_ID_BYTES, "bytes"),
        ];
        for (message, field, limit, unit) in cases {
            let text = comment(message, field);
            let said = format!("{} {unit}", with_commas(limit));
            assert!(text.contains(&said), "{message}.{field} should say {said:?}: {text}");
        }
        for list in ["actors", "agents", "targets", "manner", "places", "relations"] {
            let text = comment("Claim", list);
            assert!(text.contains(&format!("at most {MAX_LIST_ITEMS}")), "{list}: {text}");
        }
        assert!(comment("Claim", "labels").contains(&format!("at most {MAX_LABELS};")));
    }
}
