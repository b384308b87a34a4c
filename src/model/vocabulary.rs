//! The closed vocabularies, each listed once: a word as it stands in queries and packs, and the
//! number it has in the contract and in stored items.
//!
//! Code lists: reliability and credibility are the Admiralty code (NATO AJP-2.1), likelihood is
//! ICD 203 and the UK's PHIA yardstick; the others are Sayso's own, defined in `docs/model.md`.

/// Declares one closed vocabulary. The number of a value never changes: it is what stored items hold.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$value_meta:meta])* $value:ident = $code:literal $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$value_meta])* $value = $code,)+ }

        impl $name {
            /// Every value, in the vocabulary's order.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// The word used in queries and packs: lower case, without a prefix.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }

            /// The value that a word names, in any ASCII case.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str().eq_ignore_ascii_case(word))
            }

            /// The value's number in the contract; 0 there means that none was given.
            pub const fn code(self) -> i32 {
                self as i32
            }

            /// The value that has this number in the contract.
            pub const fn from_code(code: i32) -> Option<Self> {
                match code { $($code => Some(Self::$value),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// What sort of thing an entity is.
    EntityKind {
        /// A state or territory of ISO 3166.
        Country = 1 "country",
        /// Somewhere that is not a country.
        Place = 2 "place",
        /// A human being.
        Person = 3 "person",
        /// A body with members or staff: a ministry, an army, a company.
        Organization = 4 "organization",
        /// People or states taken together.
        Group = 5 "group",
        /// A thing that is owned or used: a vessel, an aircraft, an account, a visa.
        Asset = 6 "asset",
        /// A treaty, law or resolution.
        Instrument = 7 "instrument",
        /// One battle, shipwreck, election.
        Incident = 8 "incident",
        /// What a figure counts or a claim discusses: workers, troops, wage.
        Topic = 9 "topic",
        /// What is done: send, withdraw, kill.
        Action = 10 "action",
    }
}

vocabulary! {
    /// What sort of speaker a source is.
    SourceKind {
        /// A secret or security service.
        IntelligenceAgency = 1 "intelligence_agency",
        /// A government, its head or one of its ministries.
        Government = 2 "government",
        /// An armed force or its command.
        Military = 3 "military",
        /// A parliament or a member of one.
        Legislator = 4 "legislator",
        /// A court or tribunal.
        Court = 5 "court",
        /// An intergovernmental organisation.
        Igo = 6 "igo",
        /// A non-governmental organisation.
        Ngo = 7 "ngo",
        /// A wire service.
        NewsAgency = 8 "news_agency",
        /// A paper, broadcaster or news site.
        NewsOutlet = 9 "news_outlet",
        /// One that collects what others published.
        Aggregator = 10 "aggregator",
        /// A policy institute.
        ThinkTank = 11 "think_tank",
        /// A university or scholar.
        Academic = 12 "academic",
        /// One that asks samples of people.
        Pollster = 13 "pollster",
        /// A business.
        Company = 14 "company",
        /// Somebody who was there.
        Witness = 15 "witness",
        /// An instrument: a satellite, a transponder, a camera.
        Sensor = 16 "sensor",
        /// An account on a social network.
        SocialAccount = 17 "social_account",
        /// A published data set.
        Dataset = 18 "dataset",
        /// None of the others.
        Other = 19 "other",
    }
}

vocabulary! {
    /// How a source stands towards an entity.
    InterestStance {
        /// It is the entity, or speaks for it.
        Party = 1 "party",
        /// It sides with the entity.
        Ally = 2 "ally",
        /// It opposes the entity.
        Adversary = 3 "adversary",
        /// It has a known interest and takes no side.
        Neutral = 4 "neutral",
    }
}

vocabulary! {
    /// How reliable a source is: the letters of the Admiralty code, best first.
    /// F is outside the order: it satisfies no comparison.
    Reliability {
        /// Completely reliable.
        A = 1 "a",
        /// Usually reliable.
        B = 2 "b",
        /// Fairly reliable.
        C = 3 "c",
        /// Not usually reliable.
        D = 4 "d",
        /// Unreliable.
        E = 5 "e",
        /// Reliability cannot be judged.
        F = 6 "f",
    }
}

vocabulary! {
    /// How credible a claim is: the digits of the Admiralty code, best first.
    /// 6 is outside the order: it satisfies no comparison.
    Credibility {
        /// Confirmed by other sources.
        Confirmed = 1 "1",
        /// Probably true.
        ProbablyTrue = 2 "2",
        /// Possibly true.
        PossiblyTrue = 3 "3",
        /// Doubtful.
        Doubtful = 4 "4",
        /// Improbable.
        Improbable = 5 "5",
        /// Truth cannot be judged.
        CannotBeJudged = 6 "6",
    }
}

vocabulary! {
    /// What the first step of a chain does by speaking.
    SpeechAct {
        /// States it.
        Said = 1 "said",
        /// Gives an estimate.
        Estimated = 2 "estimated",
        /// Gives a considered judgement.
        Assessed = 3 "assessed",
        /// Holds it to be so.
        Believes = 4 "believes",
        /// Gives an opinion.
        Opined = 5 "opined",
        /// Confirms what others had said.
        Confirmed = 6 "confirmed",
        /// Says that it is not so.
        Denied = 7 "denied",
        /// Accuses somebody of it.
        Accused = 8 "accused",
        /// Says that it will be so.
        Predicted = 9 "predicted",
        /// Undertakes it.
        Promised = 10 "promised",
        /// Asks for it.
        Demanded = 11 "demanded",
        /// Rules or resolves it.
        Decided = 12 "decided",
        /// Was asked and did not answer.
        DeclinedToComment = 13 "declined_to_comment",
        /// Spoke, and left it out.
        Omitted = 14 "omitted",
        /// Puts right what it had said.
        Corrected = 15 "corrected",
    }
}

vocabulary! {
    /// How a later step passed the claim on.
    Relay {
        /// In the speaker's words.
        DirectQuote = 1 "direct_quote",
        /// In words of its own.
        Paraphrase = 2 "paraphrase",
        /// Shortened.
        Summary = 3 "summary",
        /// In another language.
        Translation = 4 "translation",
        /// As supplied by an agency.
        Syndication = 5 "syndication",
        /// Printed again.
        Republication = 6 "republication",
        /// By reference.
        Citation = 7 "citation",
    }
}

vocabulary! {
    /// How a relay stands towards what it passes on.
    RelayStance {
        /// Takes no side.
        Neutral = 1 "neutral",
        /// Says that it could not check.
        Unverified = 2 "unverified",
        /// Doubts it.
        Doubted = 3 "doubted",
        /// Adopts it.
        Endorsed = 4 "endorsed",
        /// Shows it to be false.
        Refuted = 5 "refuted",
    }
}

vocabulary! {
    /// How clearly a step names who speaks.
    Clarity {
        /// A person by name.
        NamedPerson = 1 "named_person",
        /// An organisation by name.
        NamedOrganization = 2 "named_organization",
        /// A role only: an official, a diplomat.
        RoleOnly = 3 "role_only",
        /// Somebody whose name is withheld.
        Anonymous = 4 "anonymous",
        /// The outlet itself.
        OwnVoice = 5 "own_voice",
        /// Nobody is named.
        Unattributed = 6 "unattributed",
    }
}

vocabulary! {
    /// What standing a proposition has.
    Mode {
        /// It is said to be or to have been so.
        Fact = 1 "fact",
        /// It is intended.
        Plan = 2 "plan",
        /// It is expected.
        Forecast = 3 "forecast",
        /// It is supposed.
        Hypothesis = 4 "hypothesis",
    }
}

vocabulary! {
    /// What an event leaves true of its actors, kind and places.
    State {
        /// They are there.
        Present = 1 "present",
        /// They are not there.
        Absent = 2 "absent",
        /// Nobody saw them.
        Unobserved = 3 "unobserved",
    }
}

vocabulary! {
    /// What sort of claim: which of the four contents it has.
    ClaimType {
        /// A quantity.
        Figure = 1 "figure",
        /// Something that happened.
        Event = 2 "event",
        /// A rule.
        Norm = 3 "norm",
        /// An opinion, explanation or accusation.
        Statement = 4 "statement",
    }
}

vocabulary! {
    /// In which form of words a figure is hedged.
    Hedge {
        /// As counted.
        Exact = 1 "exact",
        /// Around, roughly, approximately, some.
        About = 2 "about",
        /// With a margin of error.
        PlusMinus = 3 "plus_minus",
        /// Not fewer than.
        AtLeast = 4 "at_least",
        /// More than.
        MoreThan = 5 "more_than",
        /// Not more than.
        AtMost = 6 "at_most",
        /// Fewer than.
        LessThan = 7 "less_than",
        /// Up to.
        UpTo = 8 "up_to",
        /// Almost, close to but below.
        Nearly = 9 "nearly",
        /// From one number to another.
        Between = 10 "between",
        /// By order of magnitude: dozens, thousands.
        Magnitude = 11 "magnitude",
    }
}

vocabulary! {
    /// What sort of quantity a figure is.
    Basis {
        /// At one moment.
        Stock = 1 "stock",
        /// Within a time.
        Flow = 2 "flow",
        /// A share, rate or price.
        Ratio = 3 "ratio",
    }
}

vocabulary! {
    /// What a norm does to those whom it regulates.
    Modality {
        /// They must.
        Obligation = 1 "obligation",
        /// They must not.
        Prohibition = 2 "prohibition",
        /// They may.
        Permission = 3 "permission",
        /// They should.
        Recommendation = 4 "recommendation",
    }
}

vocabulary! {
    /// How likely a claim is said to be, least likely first; bounds depend on the scale.
    LikelihoodBand {
        /// ICD 203: 1–5 %.
        AlmostNoChance = 1 "almost_no_chance",
        /// ICD 203: 5–20 %.
        VeryUnlikely = 2 "very_unlikely",
        /// ICD 203: 20–45 %.
        Unlikely = 3 "unlikely",
        /// ICD 203: 45–55 %.
        RoughlyEven = 4 "roughly_even",
        /// ICD 203: 55–80 %.
        Likely = 5 "likely",
        /// ICD 203: 80–95 %.
        VeryLikely = 6 "very_likely",
        /// ICD 203: 95–99 %.
        AlmostCertain = 7 "almost_certain",
    }
}

vocabulary! {
    /// Whose bands a likelihood is expressed in.
    LikelihoodScale {
        /// US Intelligence Community Directive 203.
        Icd203 = 1 "icd203",
        /// UK Professional Head of Intelligence Assessment's probability yardstick.
        Phia = 2 "phia",
    }
}

vocabulary! {
    /// How well founded the speaker says a judgement is; never fused with likelihood.
    Confidence {
        /// Scant or fragmentary grounds.
        Low = 1 "low",
        /// Credible grounds, short of more.
        Moderate = 2 "moderate",
        /// Good grounds.
        High = 3 "high",
    }
}

vocabulary! {
    /// How one claim bears on another.
    RelationKind {
        /// The same utterance, by another relay.
        Repeats = 1 "repeats",
        /// Made from the other.
        DerivedFrom = 2 "derived_from",
        /// Speaks for the other.
        Supports = 3 "supports",
        /// Speaks against the other.
        Contradicts = 4 "contradicts",
        /// Puts the other right.
        Corrects = 5 "corrects",
        /// Takes the other's place.
        Supersedes = 6 "supersedes",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_name_one_value_each() {
        for &act in SpeechAct::ALL {
            assert_eq!(SpeechAct::parse(act.as_str()), Some(act));
            assert_eq!(SpeechAct::from_code(act.code()), Some(act));
        }
        assert_eq!(SpeechAct::from_code(0), None);
        assert_eq!(SpeechAct::parse("DECIDED"), Some(SpeechAct::Decided));
        assert_eq!(Credibility::parse("5"), Some(Credibility::Improbable));
    }
}
