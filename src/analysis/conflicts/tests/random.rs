//! Small ledgers in which much meets.

use super::*;
use crate::model::ContentDraft;
use proptest::sample::Index;

const WHENS: [&str; 9] = [
    "",
    "2024",
    "2024-05",
    "2024-05-01",
    "2024-05-03",
    "2024-05-01/2024-05-02",
    "2024-05-01/2024-05-09",
    "2024-05/2024-06",
    "[2024-04-28..2024-05-02]",
];
const NUMBERS: [&str; 10] = ["4", "5", "~10", ">=20", ">5", "up to 4", "<4", "10..20", "4000", "3000..5000"];
const DEADLINES: [&str; 4] = ["", "2024-05-01", "2024-05", "2023"];
const SAID: [&str; 5] = ["", "", "2024-06-01", "2024-06-02", "2024-06-03"];

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(from)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// A claim by nobody yet, at no time.
fn topic() -> impl Strategy<Value = Make> {
    let content = prop_oneof![
        6 => prop::sample::select(vec![Basis::Stock, Basis::Flow, Basis::Ratio])
            .prop_map(|basis| figure("id", "0").basis(basis)),
        3 => Just(event("id")),
        1 => Just(norm("id", Modality::Obligation)),
        1 => Just(statement("id")),
    ];
    let actors = pick(&["", "russia", "russian-army", "russia ukraine", "russian-army ukraine"]);
    let places = pick(&["", "russia", "kursk", "kursk building-sites", "kursk boston"]);
    let rest =
        (pick(&["", "personnel", "workers"]), pick(&["", "casualty", "kill"]), pick(&["", "", "", "flood"]));
    (content, actors, places, rest).prop_map(|(make, actors, places, (kind, action, incident))| {
        make.actors(actors).places(places).with(|draft| {
            draft.kind = some(kind);
            draft.action = some(action);
            draft.incident = some(incident);
        })
    })
}

/// What somebody says of it.
#[derive(Clone, Debug)]
struct Saying {
    by: &'static str,
    said: &'static str,
    act: SpeechAct,
    when: &'static str,
    state: Option<State>,
    number: &'static str,
    unit: &'static str,
    deadline: &'static str,
}

impl Saying {
    fn of(&self, topic: &Make) -> Make {
        topic.clone().by(self.by).act(self.act).with(|draft| {
            draft.when = some(self.when);
            draft.attribution[0].said = some(self.said);
            match &mut draft.content {
                Some(ContentDraft::Figure(figure)) => {
                    figure.notation = some(self.number);
                    figure.unit = some(self.unit);
                }
                Some(ContentDraft::Norm(norm)) => norm.deadline = some(self.deadline),
                Some(ContentDraft::Event) => draft.state = self.state,
                Some(ContentDraft::Statement) | None => {}
            }
        })
    }
}

fn saying() -> impl Strategy<Value = Saying> {
    let states = vec![None, Some(State::Present), Some(State::Absent), Some(State::Unobserved)];
    let acts = vec![SpeechAct::Said, SpeechAct::Said, SpeechAct::Estimated, SpeechAct::Denied];
    let content = (pick(&NUMBERS), pick(&["", "", "", "m", "km"]), pick(&DEADLINES));
    let spoken = (pick(&["", "a", "b", "nis", "nis-official", "a nis"]), pick(&SAID));
    (prop::sample::select(states), prop::sample::select(acts), pick(&WHENS), content, spoken).prop_map(
        |(state, act, when, (number, unit, deadline), (by, said))| Saying {
            by,
            said,
            act,
            when,
            state,
            number,
            unit,
            deadline,
        },
    )
}

/// What several say of a few topics.
pub(super) fn ledger() -> impl Strategy<Value = Vec<Make>> {
    let sayings = prop::collection::vec((any::<Index>(), saying()), 2..24);
    (prop::collection::vec(topic(), 1..5), sayings).prop_map(|(topics, sayings)| {
        let claim = |(n, (topic, saying)): (usize, &(Index, Saying))| {
            saying.of(topic.get(&topics)).with(|draft| draft.id = format!("c{n}"))
        };
        sayings.iter().enumerate().map(claim).collect()
    })
}
