//! What a writer may have meant.

/// The most names that are offered.
const OFFERED: usize = 3;

/// Longer words are not guessed at.
const MAX_GUESSED_BYTES: usize = 64;

/// Those of `names` that are nearest to `word`, if they differ by no more than a slip or two of the
/// hand, letter case aside; at most three, which are then equally near.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if word.len() > MAX_GUESSED_BYTES {
        return Vec::new();
    }
    let word = word.to_lowercase();
    let length = word.chars().count();
    let tolerance = match length {
        0..=2 => 1,
        3..=5 => 2,
        _ => length / 3,
    };
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .filter(|name| name.len() <= MAX_GUESSED_BYTES)
        .filter_map(|name| {
            let name_length = name.chars().count();
            // No distance is less than the difference in length: most names go by that alone.
            if name_length.abs_diff(length) > tolerance {
                return None;
            }
            let distance = strsim::osa_distance(&word, &name.to_lowercase());
            // A name that shares nothing with the word is no guess. Of two at one distance the
            // longer is likelier: hands leave out more than they add.
            let cost = 2 * distance + usize::from(name_length < length);
            (distance <= tolerance && distance < name_length).then_some((cost, name))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    let best = near.first().map(|&(cost, _)| cost);
    near.into_iter().take_while(|&(cost, _)| Some(cost) == best).take(OFFERED).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_and_what_is_far_does_not() {
        let names = ["actor", "action", "target", "act", "kind", "via"];
        assert_eq!(nearest("actr", names), ["actor"]);
        assert_eq!(nearest("ACTOR", names), ["actor"]);
        assert_eq!(nearest("tagret", names), ["target"]);
        assert_eq!(nearest("bat", ["cat", "rat", "mat", "hat"]), ["cat", "hat", "mat"]);
        assert_eq!(nearest("zzzz", names), Vec::<&str>::new());
        assert_eq!(nearest("", names), Vec::<&str>::new());
    }

    #[test]
    fn a_text_is_no_slip() {
        let long = "a".repeat(MAX_GUESSED_BYTES + 1);
        assert_eq!(nearest(&long, [long.as_str()]), Vec::<&str>::new());
    }
}
