//! From a predicate to a filter over rows.
//!
//! The values that satisfy a predicate are found first, as terms or as intervals. Behind a dot they
//! are traced back to the names of which the fact is true. Then the row is asked whether it has one
//! of them. `!=` and its like are the opposite of that, word for word.

use super::ast::{Operator, Predicate, Set, Spanned, Test, TextSpan, Value};
use super::attributes::{Attribute, Beyond, Fact, Location, ValueType, Vocabulary};
use super::correct::no_order;
use super::error::{Diagnostic, Edit, Problem, UnknownName};
use super::explain::Reading;
use super::facts;
use super::format;
use super::habits::Tested;
use super::homes::homes;
use super::notice::Notice;
use super::parameters::Literal;
use super::render::{listed, literal as shown};
use super::resolve::{NamedKind, ResolvedName, Resolver, Resolves};
use super::value::{self, Fault, quoted};
use crate::model::vocabulary::InterestStance;
use crate::plan::{
    Comparison, Field, Filter, Leaf, Mode, Row, Span, SpanField, Terms, WordField, fold, pair, terms, words,
};
use crate::registry::NameError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// Which values satisfy a predicate, its negation aside.
enum Wanted<'a> {
    /// One of these.
    Any(Vec<Literal<'a>>),
    /// Those that lie so to this one.
    Compared(&'a Spanned<Operator>, Literal<'a>),
    /// Those between these, both included; written here.
    Between(Option<Literal<'a>>, Option<Literal<'a>>, TextSpan),
    /// Texts with all the words of this one.
    Words(Literal<'a>),
}

impl<'a> Resolver<'a> {
    /// The rows that satisfy the predicate.
    pub(super) fn predicate(&mut self, predicate: &'a Spanned<Predicate>) -> Resolves<Filter> {
        let attribute = self.attribute(&predicate.attribute)?;
        let filter = self.tested(predicate, &attribute)?;
        if let Some(explained) = &mut self.explained {
            explained.predicate(predicate, &filter, attribute.value() == ValueType::Quantity);
        }
        Ok(filter)
    }

    /// The rows of which the attribute passes the predicate's test.
    fn tested(&mut self, predicate: &'a Spanned<Predicate>, attribute: &Attribute) -> Resolves<Filter> {
        self.check_operator(predicate, attribute)?;
        let (wanted, negated) = match &predicate.test {
            Test::Present => return Ok(self.present(attribute)),
            Test::Missing => return Ok(Filter::not(self.present(attribute))),
            Test::Compare(operator, value) => {
                let tested = Tested { attribute: &predicate.attribute, operator };
                let literal = self.bindings.one(tested, value)?;
                match operator.node {
                    Operator::Equal => (Wanted::Any(vec![literal]), false),
                    Operator::NotEqual => (Wanted::Any(vec![literal]), true),
                    Operator::Matches => (Wanted::Words(literal), false),
                    Operator::NotMatches => (Wanted::Words(literal), true),
                    Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                        (Wanted::Compared(operator, literal), false)
                    }
                }
            }
            Test::In(set) => (self.members(set)?, false),
            Test::NotIn(set) => (self.members(set)?, true),
        };
        let only = predicate.only.is_some();
        let filter = self
            .satisfied(attribute, &wanted, only && !negated)
            .map_err(|diagnostic| self.redirected(predicate, &wanted, diagnostic))?;
        self.note(predicate.span, attribute, &wanted, &filter);
        if !negated {
            return Ok(filter);
        }
        let filter = Filter::not(filter);
        if only {
            return Ok(Filter::and([self.present(attribute), filter]));
        }
        if attribute.is_many() {
            self.notices.push(Notice::MatchedByAbsence {
                at: predicate.span,
                attribute: attribute.to_string(),
                filter: Filter::not(self.present(attribute)),
            });
        }
        Ok(filter)
    }

    fn members(&mut self, set: &'a Spanned<Set>) -> Resolves<Wanted<'a>> {
        Ok(match &set.node {
            Set::List(items) => {
                let items = items.iter().map(|item| self.bindings.item(item));
                Wanted::Any(items.collect::<Resolves<_>>()?)
            }
            Set::Between(low, high) => {
                let (low, high) = (self.bindings.item(low)?, self.bindings.item(high)?);
                Wanted::Between(Some(low), Some(high), set.span)
            }
            Set::From(low) => Wanted::Between(Some(self.bindings.item(low)?), None, set.span),
            Set::UpTo(high) => Wanted::Between(None, Some(self.bindings.item(high)?), set.span),
            Set::Parameter(name) => Wanted::Any(self.bindings.all(name, set.span)?),
        })
    }

    /// Remembers what a reader of the answer should perhaps know.
    fn note(&mut self, at: TextSpan, attribute: &Attribute, wanted: &Wanted<'_>, filter: &Filter) {
        self.mentions_unit |= attribute.entry.at == Location::Terms(Field::Unit);
        if attribute.value() == ValueType::Quantity {
            self.quantity_at.get_or_insert(at);
        }
        let has_words = attribute.value() == ValueType::Name;
        if (has_words || attribute.value() == ValueType::Free)
            && matches!(wanted, Wanted::Any(values) if !values.is_empty())
        {
            let attribute = attribute.to_string();
            self.notices.push(Notice::NeverSeen { at, attribute, filter: filter.clone(), has_words });
        }
    }

    /// Refuses an operator that makes no sense of the attribute's values.
    fn check_operator(&self, predicate: &Spanned<Predicate>, attribute: &Attribute) -> Resolves<()> {
        let value = attribute.value();
        let at = predicate.attribute.span;
        if let Beyond::Part { .. } = attribute.beyond {
            let base = attribute.entry.name;
            let why =
                format!("a part of the calendar is for tables: compare `{base}` with a year, month or day");
            // `when.month=1` names no year, which nobody can guess.
            let names_no_year = matches!(
                &predicate.test,
                Test::Compare(_, Spanned { node: Value::Literal(text), .. })
                    if value::time(text, self.now).is_err()
            );
            let edit = (!names_no_year).then(|| Edit::new(at, base));
            return Err(wrong_operator(at, &predicate.attribute, why, edit));
        }
        if let Beyond::Bound { .. } = attribute.beyond {
            let base = attribute.entry.name;
            let why = format!("it is for tables: compare `{base}`, all of which must pass behind `surely`");
            let edits = [base.to_owned(), format!("surely {base}")].map(|edit| Edit::new(at, edit));
            let problem = Problem::WrongOperator(why);
            return Err(Box::new(Diagnostic::new(problem, at, &predicate.attribute).offering(edits)));
        }
        if let Some(only) = &predicate.only
            && !attribute.is_many()
        {
            let why = format!("`{attribute}` has one value at most");
            let without = Edit::new(TextSpan::new(only.span.start, at.start), "");
            return Err(wrong_operator(only.span, "only", why, Some(without)));
        }
        let (at, found, taken) = match &predicate.test {
            Test::Present | Test::Missing => return Ok(()),
            Test::Compare(operator, _) => (operator.span, operator.node.as_str(), value.takes(operator.node)),
            Test::In(set) | Test::NotIn(set) => {
                let found = &self.text[set.span.start..set.span.end];
                let taken = match set.node {
                    Set::List(_) | Set::Parameter(_) => value.takes(Operator::Equal),
                    Set::Between(..) | Set::From(_) | Set::UpTo(_) => value.is_ordered(),
                };
                (set.span, found, taken)
            }
        };
        if taken {
            return Ok(());
        }
        let taken: Vec<String> = value.operators().iter().map(|word| quoted(word)).collect();
        let why = match &predicate.test {
            Test::In(_) | Test::NotIn(_) if value != ValueType::Text => no_order(&predicate.attribute),
            Test::In(_) | Test::NotIn(_) | Test::Compare(..) | Test::Present | Test::Missing => {
                format!("`{attribute}` takes {}", listed(&taken, "and"))
            }
        };
        let closest = match &predicate.test {
            Test::Compare(operator, _) => {
                let negative = matches!(operator.node, Operator::NotEqual | Operator::NotMatches);
                Some(match (value == ValueType::Text, negative) {
                    (true, false) => Operator::Matches,
                    (true, true) => Operator::NotMatches,
                    (false, false) => Operator::Equal,
                    (false, true) => Operator::NotEqual,
                })
            }
            Test::In(_) | Test::NotIn(_) | Test::Present | Test::Missing => None,
        };
        let either = match &predicate.test {
            Test::In(set) | Test::NotIn(set) => match &set.node {
                Set::Between(low, high) => Some(format!("({low}, {high})")),
                Set::From(_) | Set::UpTo(_) | Set::List(_) | Set::Parameter(_) => None,
            },
            Test::Compare(..) | Test::Present | Test::Missing => None,
        };
        let edit = closest.map(|operator| operator.as_str().to_owned()).or(either);
        let edit = edit.map(|instead| Edit::new(at, instead));
        let edits = about(&predicate.test, value).into_iter().chain(edit);
        let diagnostic = Diagnostic::new(Problem::WrongOperator(why), at, found);
        Err(Box::new(diagnostic.expecting(taken).offering(edits)))
    }

    /// Offers the attributes that a name which was not found here does belong to.
    fn redirected(
        &self,
        predicate: &Spanned<Predicate>,
        wanted: &Wanted<'_>,
        diagnostic: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        let Wanted::Any(literals) = wanted else { return diagnostic };
        let [literal] = literals.as_slice() else { return diagnostic };
        let at = predicate.attribute.span;
        if !matches!(diagnostic.problem, Problem::UnknownName(_) | Problem::UnknownValue(_))
            || !diagnostic.edits.is_empty()
            || !literal.is_written
        {
            return diagnostic;
        }
        let rest = &self.text[at.end..predicate.span.end];
        let whole = TextSpan::new(at.start, predicate.span.end);
        let edits = homes(self.registry, self.types, literal.text)
            .into_iter()
            .map(|home| Edit::new(whole, format!("{}{rest}", home.name)));
        Box::new(diagnostic.offering(edits))
    }

    /// The rows with the attribute.
    fn present(&self, attribute: &Attribute) -> Filter {
        match (&attribute.beyond, attribute.entry.at) {
            (Beyond::Key { keys, key, .. }, _) => some(*keys, terms([key.clone()])),
            (Beyond::Fact { of, fact: Fact::SourceStance, .. }, _) => self.standing(*of, InterestStance::ALL),
            (Beyond::Fact { of, fact, .. }, _) => {
                let known = facts::all(self.registry, *fact);
                if known.iter().all(|(_, value)| value.is_some()) {
                    return Filter::Leaf(Leaf::Present(*of));
                }
                some(*of, terms(known.into_iter().filter_map(|(id, value)| value.map(|_| id))))
            }
            (
                _,
                Location::Terms(field) | Location::Named(field, _) | Location::Keyed { pairs: field, .. },
            ) => Filter::Leaf(Leaf::Present(field)),
            (_, Location::Span(field)) => Filter::Leaf(Leaf::PresentSpan(field)),
            (_, Location::DocumentPublished) => {
                some(Field::Document, terms(facts::published(self.registry).map(|(document, _)| document)))
            }
            (_, Location::Id | Location::Words(_) | Location::Retracted) => Filter::Constant(true),
        }
    }

    /// The rows with a satisfying value, or with satisfying ones alone.
    fn satisfied(&mut self, attribute: &Attribute, wanted: &Wanted<'a>, only: bool) -> Resolves<Filter> {
        match (&attribute.beyond, attribute.entry.at, wanted) {
            (Beyond::Key { pairs, .. }, _, _) => Ok(some(*pairs, self.wanted_terms(attribute, wanted)?)),
            (Beyond::Fact { of, fact, .. }, _, _) => {
                let any = self.wanted_terms(attribute, wanted)?;
                Ok(self.known_of(*of, *fact, &any, only))
            }
            (_, Location::Words(field) | Location::Named(_, field), Wanted::Words(literal)) => {
                Ok(Filter::Leaf(Leaf::Words { field, all: sought(*literal)? }))
            }
            (_, Location::Span(field), _) => self.lying(attribute, field, wanted),
            (_, Location::DocumentPublished, _) => {
                let asked = self.lying(attribute, SpanField::Published, wanted)?;
                Ok(self.of_documents(&asked))
            }
            (_, Location::Retracted, _) => {
                let Wanted::Any(literals) = wanted else { return Ok(Filter::Constant(false)) };
                let either = literals.iter().map(|literal| {
                    let yes = value::yes_no(attribute.entry.name, literal.text);
                    let retracted = Filter::Leaf(Leaf::Retracted);
                    Ok(if yes.map_err(|fault| literal.refused(fault))? {
                        retracted
                    } else {
                        Filter::not(retracted)
                    })
                });
                Ok(any_of(either.collect::<Resolves<_>>()?))
            }
            (_, Location::Id, _) => Ok(Filter::Leaf(Leaf::Id(self.wanted_terms(attribute, wanted)?))),
            (
                _,
                Location::Terms(field) | Location::Named(field, _) | Location::Keyed { pairs: field, .. },
                _,
            ) => {
                let any = self.wanted_terms(attribute, wanted)?;
                Ok(if only { Filter::Leaf(Leaf::Only { field, any }) } else { some(field, any) })
            }
            // The operators of `ValueType::Text` are those of words alone.
            (_, Location::Words(_), _) => Ok(Filter::Constant(false)),
        }
    }

    /// The rows whose interval lies as wanted.
    fn lying(&mut self, attribute: &Attribute, field: SpanField, wanted: &Wanted<'a>) -> Resolves<Filter> {
        let leaf = |comparison, literal| Filter::Leaf(Leaf::Span { field, comparison, literal });
        match wanted {
            Wanted::Any(literals) => {
                let each = literals
                    .iter()
                    .map(|literal| Ok(leaf(Comparison::Within, self.interval(attribute, *literal)?)));
                Ok(any_of(each.collect::<Resolves<_>>()?))
            }
            Wanted::Compared(operator, literal) => {
                let span = self.interval(attribute, *literal)?;
                if span.low() == i64::MIN || span.high() == i64::MAX {
                    let why = format!(
                        "compares with a value that has two ends, and {} has one",
                        shown(literal.text)
                    );
                    let equal = Edit::new(operator.span, "=");
                    let mut diagnostic = wrong_operator(operator.span, operator.as_str(), why, Some(equal));
                    diagnostic.expected = ["`=`", "`!=`", "`in`", "`not in`"].map(str::to_owned).into();
                    return Err(diagnostic);
                }
                Ok(leaf(comparison(operator.node), span))
            }
            Wanted::Between(low, high, at) => {
                let first = low.map(|low| self.interval(attribute, low)).transpose()?;
                let last = high.map(|high| self.interval(attribute, high)).transpose()?;
                match Span::new(first.map_or(i64::MIN, Span::low), last.map_or(i64::MAX, Span::high)) {
                    Some(span) => Ok(leaf(Comparison::Within, span)),
                    None => {
                        let why = "the range ends before it begins".to_owned();
                        let problem = if attribute.value() == ValueType::Time {
                            Problem::BadTime(why)
                        } else {
                            Problem::BadQuantity(why)
                        };
                        Err(self.turned([*low, *high], *at, problem))
                    }
                }
            }
            Wanted::Words(_) => Ok(Filter::Constant(false)),
        }
    }

    /// What an interval's literal stands for.
    fn interval(&mut self, attribute: &Attribute, literal: Literal<'_>) -> Resolves<Span> {
        let reading = if attribute.value() == ValueType::Quantity {
            value::quantity(literal.text).map(Reading::Quantity)
        } else if attribute.value() == ValueType::Number {
            value::number(literal.text).map(Reading::Number)
        } else {
            value::time(literal.text, self.now).map(Reading::Time)
        };
        let reading = reading.map_err(|fault| literal.refused(fault))?;
        let span = reading.span();
        if let Some(explained) = &mut self.explained {
            explained.read(literal, reading);
        }
        Ok(span)
    }

    /// A range that is the wrong way round, with the edit that turns it.
    fn turned(&self, ends: [Option<Literal<'_>>; 2], at: TextSpan, problem: Problem) -> Box<Diagnostic> {
        let diagnostic = Diagnostic::new(problem, at, &self.text[at.start..at.end]);
        let [Some(low), Some(high)] = ends.map(|end| end.filter(|end| end.is_written)) else {
            return Box::new(diagnostic);
        };
        let value = |end: Literal<'_>| Spanned::new(Value::Literal(end.text.to_owned()), end.at);
        let turned = Set::Between(value(high), value(low)).to_string();
        Box::new(diagnostic.offering([Edit::new(at, turned)]))
    }

    /// The claims whose document is among those that the filter finds.
    fn of_documents(&self, asked: &Filter) -> Filter {
        let (mut surely, mut possibly) = (Vec::new(), Vec::new());
        for (document, time) in facts::published(self.registry) {
            let row = Row::builder(document.clone()).span(SpanField::Published, Some(time)).finish();
            if asked.holds(&row, Mode::Surely) {
                surely.push(document);
            } else if asked.holds(&row, Mode::Possibly) {
                possibly.push(document);
            }
        }
        let surely = some(Field::Document, terms(surely));
        if possibly.is_empty() {
            return surely;
        }
        Filter::Or(vec![surely, Filter::and([some(Field::Document, terms(possibly)), Filter::Unknown])])
    }

    /// The rows with a name in `of` of which the fact is one of `any`.
    fn known_of(&self, of: Field, fact: Fact, any: &Terms, only: bool) -> Filter {
        let (mut fitting, mut others) = (Vec::new(), Vec::new());
        if fact == Fact::SourceStance {
            let (fits, differs): (Vec<_>, Vec<_>) = InterestStance::ALL
                .iter()
                .partition(|stance| any.iter().any(|word| **word == *stance.as_str()));
            let fitting = self.standing(of, &fits);
            return if only {
                Filter::and([fitting, Filter::not(self.standing(of, &differs))])
            } else {
                fitting
            };
        }
        let mut all_known = true;
        for (id, value) in facts::all(self.registry, fact) {
            match value {
                Some(value) if any.binary_search(&value).is_ok() => fitting.push(id),
                Some(_) => others.push(id),
                None => all_known = false,
            }
        }
        match (only, all_known) {
            (false, _) => some(of, terms(fitting)),
            (true, true) => Filter::Leaf(Leaf::Only { field: of, any: terms(fitting) }),
            (true, false) => Filter::and([some(of, terms(fitting)), Filter::not(some(of, terms(others)))]),
        }
    }

    /// The claims with a source in `of` that stands so towards one of the claim's actors.
    fn standing(&self, of: Field, stances: &[InterestStance]) -> Filter {
        let mut sources: BTreeMap<_, Vec<Arc<str>>> = BTreeMap::new();
        for (source, entity, stance) in facts::stances(self.registry) {
            if stances.contains(&stance) {
                sources.entry(entity).or_default().push(source);
            }
        }
        let towards = sources.into_iter().map(|(entity, sources)| {
            let actors = self.registry.entity_and_descendants(&entity);
            let actors = actors.into_iter().map(|actor| actor.shared().clone());
            Filter::and([some(of, terms(sources)), some(Field::Actor, terms(actors))])
        });
        any_of(towards.collect())
    }

    /// The terms that satisfy: of names with their descendants, of vocabularies by their order.
    fn wanted_terms(&mut self, attribute: &Attribute, wanted: &Wanted<'a>) -> Resolves<Terms> {
        match (wanted, attribute.value()) {
            (Wanted::Any(literals), _) => {
                let mut all = BTreeSet::new();
                for literal in literals {
                    all.extend(self.meanings(attribute, *literal)?);
                }
                Ok(all.into_iter().collect())
            }
            (Wanted::Compared(operator, literal), ValueType::Vocabulary(vocabulary)) => {
                let (ascending, at) = self.rank(attribute, vocabulary, *literal)?;
                Ok(terms(
                    match operator.node {
                        Operator::Less => &ascending[..at],
                        Operator::LessOrEqual => &ascending[..=at],
                        Operator::Greater => &ascending[at + 1..],
                        Operator::GreaterOrEqual => &ascending[at..],
                        Operator::Equal | Operator::NotEqual | Operator::Matches | Operator::NotMatches => {
                            &[]
                        }
                    }
                    .iter()
                    .copied(),
                ))
            }
            (Wanted::Between(low, high, at), ValueType::Vocabulary(vocabulary)) => {
                let ends = [*low, *high];
                let low = low.map(|low| self.rank(attribute, vocabulary, low)).transpose()?;
                let high = high.map(|high| self.rank(attribute, vocabulary, high)).transpose()?;
                let (low, high) = (low.map_or(0, |low| low.1), high.map(|high| high.1));
                let ascending = vocabulary.ascending();
                let high = high.unwrap_or(ascending.len() - 1);
                if low > high {
                    let why = "the range goes from the lesser to the greater".to_owned();
                    return Err(self.turned(ends, *at, Problem::WrongOperator(why)));
                }
                Ok(terms(ascending[low..=high].iter().copied()))
            }
            // Some name has all the words, not all the names together.
            (Wanted::Words(literal), ValueType::Name) => {
                let all = sought(*literal)?;
                let has_all = |name: &&str| {
                    let words = words([*name]);
                    all.iter().all(|word| words.binary_search(word).is_ok())
                };
                Ok(terms(self.known_names(attribute).filter(has_all)))
            }
            // What has no order was refused by its operator.
            (Wanted::Compared(..) | Wanted::Between(..) | Wanted::Words(_), _) => Ok(terms::<Arc<str>>([])),
        }
    }

    /// An ordered vocabulary, and where in it a word stands.
    fn rank(
        &self,
        attribute: &Attribute,
        vocabulary: Vocabulary,
        literal: Literal<'_>,
    ) -> Resolves<(Vec<&'static str>, usize)> {
        let word = value::vocabulary_word(vocabulary, &attribute.to_string(), literal.text)
            .map_err(|fault| literal.refused(fault))?;
        let ascending = vocabulary.ascending();
        match ascending.iter().position(|known| *known == word) {
            Some(at) => Ok((ascending, at)),
            None => {
                let why = "it stands outside the order: compare it by `=` or `!=`".to_owned();
                let words: Vec<String> = ascending.iter().map(|word| quoted(word)).collect();
                Err(literal.refused(Fault::new(Problem::WrongOperator(why)).expecting(words)))
            }
        }
    }

    /// The terms that a literal stands for.
    fn meanings(&mut self, attribute: &Attribute, literal: Literal<'_>) -> Resolves<Vec<Arc<str>>> {
        let registry = self.registry;
        match attribute.value() {
            ValueType::Entity(role) => {
                let id = registry.resolve_entity(literal.text, role);
                let id = id.map_err(|error| unnamed(attribute, literal, error))?;
                let all = registry.entity_and_descendants(&id);
                let kind = registry.entity(id.as_str()).map(|entity| entity.kind).expect("it was resolved");
                self.named(literal, id.shared(), NamedKind::Entity(kind), all.len() - 1);
                Ok(all.iter().map(|id| id.shared().clone()).collect())
            }
            ValueType::Source => {
                let id = registry.resolve_source(literal.text);
                let id = id.map_err(|error| unnamed(attribute, literal, error))?;
                let all = registry.source_and_descendants(&id);
                let kind = registry.source(id.as_str()).map(|source| source.kind).expect("it was resolved");
                self.named(literal, id.shared(), NamedKind::Source(kind), all.len() - 1);
                Ok(all.iter().map(|id| id.shared().clone()).collect())
            }
            ValueType::Document => {
                let id = registry.resolve_document(literal.text);
                let id = id.map_err(|error| unnamed(attribute, literal, error))?;
                self.named(literal, id.shared(), NamedKind::Document, 0);
                Ok(vec![id.shared().clone()])
            }
            ValueType::Vocabulary(vocabulary) => {
                let word = value::vocabulary_word(vocabulary, &attribute.to_string(), literal.text);
                Ok(vec![word.map_err(|fault| literal.refused(fault))?.into()])
            }
            ValueType::Name => Ok(self.spellings(attribute, literal.text)),
            // Tags of languages are the same in any letter case.
            ValueType::Free if attribute.entry.at == Location::Terms(Field::Language) => {
                let tags = registry.documents().filter_map(|document| document.language.as_deref());
                Ok(tags.filter(|tag| tag.eq_ignore_ascii_case(literal.text)).map(Arc::from).collect())
            }
            ValueType::Free => Ok(vec![free(attribute, literal)?]),
            ValueType::Quantity
            | ValueType::Number
            | ValueType::Time
            | ValueType::YesNo
            | ValueType::Text => Ok(Vec::new()),
        }
    }

    fn named(&mut self, literal: Literal<'_>, id: &Arc<str>, kind: NamedKind, descendants: usize) {
        self.names.push(ResolvedName { at: literal.at, id: id.clone(), kind, descendants });
    }

    /// The names in the registry that differ from this one in letter case at most.
    fn spellings(&self, attribute: &Attribute, name: &str) -> Vec<Arc<str>> {
        let folded = fold(name);
        self.known_names(attribute).filter(|name| fold(name) == folded).map(Arc::from).collect()
    }

    /// All that the registry holds of an attribute whose values are names.
    fn known_names(&self, attribute: &Attribute) -> Box<dyn Iterator<Item = &str> + '_> {
        let entities = self.registry.entities().map(|entity| (&entity.name, &entity.aliases));
        let sources = self.registry.sources().map(|source| (&source.name, &source.aliases));
        let named = entities.chain(sources);
        if attribute.entry.at == Location::Named(Field::Title, WordField::Title) {
            Box::new(self.registry.documents().map(|document| document.title.as_str()))
        } else if attribute.entry.many {
            Box::new(named.flat_map(|(_, aliases)| aliases).map(String::as_str))
        } else {
            Box::new(named.map(|(name, _)| name.as_str()))
        }
    }
}

fn some(field: Field, any: Terms) -> Filter {
    Filter::Leaf(Leaf::Terms { field, any })
}

fn any_of(mut filters: Vec<Filter>) -> Filter {
    if filters.len() == 1 { filters.remove(0) } else { Filter::Or(filters) }
}

/// The words of the literal.
fn sought(literal: Literal<'_>) -> Resolves<Terms> {
    let all = words([literal.text]);
    if all.is_empty() {
        return Err(literal.refused(Fault::new(Problem::Unexpected).expecting(["a word to look for"])));
    }
    Ok(all)
}

fn comparison(operator: Operator) -> Comparison {
    match operator {
        Operator::Less => Comparison::Before,
        Operator::LessOrEqual => Comparison::UpTo,
        Operator::Greater => Comparison::After,
        Operator::GreaterOrEqual => Comparison::From,
        Operator::Equal | Operator::NotEqual | Operator::Matches | Operator::NotMatches => Comparison::Within,
    }
}

/// A free value as rows hold it; one that must be a unit is refused if it is none.
fn free(attribute: &Attribute, literal: Literal<'_>) -> Resolves<Arc<str>> {
    let text: String = literal.text.nfc().collect();
    Ok(match (&attribute.beyond, attribute.entry.at) {
        (Beyond::Key { key, .. }, _) => pair(key, &text).into(),
        (_, Location::Terms(Field::Unit | Field::Per)) => {
            let unit = value::unit(attribute.entry.name, &text).map_err(|fault| literal.refused(fault))?;
            unit.as_str().into()
        }
        _ => text.into(),
    })
}

/// `value ~4000`, `when ~ 2024`: the test that it is about that.
fn about(test: &Test, of: ValueType) -> Option<Edit> {
    let Test::Compare(operator, value) = test else { return None };
    let Value::Literal(text) = &value.node else { return None };
    let equal = match operator.node {
        Operator::Matches => "=",
        Operator::NotMatches => "!=",
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual => return None,
    };
    let about = match of {
        ValueType::Quantity => format!("~{text}"),
        ValueType::Time => format!("{text}~"),
        ValueType::Entity(_)
        | ValueType::Source
        | ValueType::Document
        | ValueType::Vocabulary(_)
        | ValueType::Number
        | ValueType::YesNo
        | ValueType::Text
        | ValueType::Name
        | ValueType::Free => return None,
    };
    Some(Edit::new(operator.span.to(value.span), format!("{equal}{}", format::value(&about))))
}

/// Why a name stands for nothing, or for too much.
fn unnamed(attribute: &Attribute, literal: Literal<'_>, error: NameError) -> Box<Diagnostic> {
    let of = attribute.value();
    let noun = of.noun();
    let unknown = || {
        let name = literal.text.to_owned();
        Fault::new(Problem::UnknownName(UnknownName { of, name, since: None })).expecting([name_of(noun)])
    };
    literal.refused(match error {
        NameError::Unknown { nearest, .. } => unknown().instead(nearest),
        NameError::Ambiguous { ids, .. } => Fault::new(Problem::AmbiguousName(ids.clone())).instead(ids),
        NameError::WrongKind { .. } => unknown(),
    })
}

fn name_of(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("the name of {article} {noun}")
}

fn wrong_operator(at: TextSpan, found: &str, why: String, edit: Option<Edit>) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Problem::WrongOperator(why), at, found).offering(edit))
}
