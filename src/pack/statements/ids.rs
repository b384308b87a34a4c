//! Ids of what comes from FollowTheMoney. They depend on nothing but the names there, so that the
//! next file finds what the last one wrote.

use super::row::hex;
use crate::model::Slug;
use crate::pack::mapping::slug;
use sha1::{Digest, Sha1};

/// The id of an entity: its own, if that is an id here; a Wikidata id in lower case; and else what
/// can be kept of it and eight digits of its SHA-1.
pub(super) fn entity_id(canonical_id: &str) -> String {
    let is_wikidata = canonical_id
        .strip_prefix('Q')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    if is_wikidata { canonical_id.to_ascii_lowercase() } else { kept("", canonical_id) }
}

/// The id of a property's topic.
pub(super) fn namespaced(name: &str) -> String {
    kept("ftm.", &name.to_ascii_lowercase())
}

/// The id of the topic of a property and one of its values.
pub(super) fn value_id(prop: &str, value: &str) -> String {
    kept(&format!("{}.", namespaced(prop)), value)
}

/// The id of a data set's source.
pub(super) fn source_id(dataset: &str) -> String {
    kept("ftm.", dataset)
}

/// The id of the entity that a data set is.
pub(super) fn dataset_id(name: &str) -> String {
    kept("ftm.dataset.", name)
}

/// What the numbers of a property are called among those of an entity.
pub(super) fn external_id(prop: &str) -> String {
    kept("", &prop.to_ascii_lowercase())
}

fn kept(prefix: &str, name: &str) -> String {
    let id = format!("{prefix}{name}");
    if Slug::parse(&id).is_ok() {
        return id;
    }
    let digest = hex(&Sha1::digest(name)[..4]);
    format!("{prefix}{}-{digest}", slug(name, |_| false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kept_where_they_can_be() {
        for (name, id) in [
            ("Q7747", "q7747"),
            ("Q", "q-c3156e00"),
            ("ofac-306", "ofac-306"),
            ("NK-FCbQ8XoWV", "nk-fcbq8xowv-c0c7d7bd"),
            ("nk-fcbq8xowv", "nk-fcbq8xowv"),
            ("ключ", "0caf961a-b36af61a"),
        ] {
            assert_eq!(entity_id(name), id);
            assert!(Slug::parse(&entity_id(name)).is_ok());
        }
        assert_eq!(source_id("us_ofac_sdn"), "ftm.us_ofac_sdn");
        assert_eq!(source_id("US_OFAC_SDN"), "ftm.us-ofac-sdn-a000772a");
        assert_eq!(namespaced("imoNumber"), "ftm.imonumber");
    }
}
