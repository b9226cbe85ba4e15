//! What `tests/expected/transitions.txt` and `rights.txt` say, read line by line.

use std::collections::BTreeMap;

/// What a table says of one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The proposal moves.
    Moves,
    /// A second person is asked.
    Asks,
    /// Refused by this rule with this code.
    Refused(String, String),
    /// As if there were no such proposal.
    Hidden,
}

/// A transition as the text heads it.
#[derive(Clone, Debug)]
pub(super) struct Heading {
    /// Its number.
    pub(super) key: String,
    /// The act it needs the right to.
    pub(super) action: String,
    /// The stage it leads to; `None` where the stage stays.
    pub(super) to: Option<String>,
    /// The codes of its guards.
    pub(super) guards: Vec<String>,
    /// The codes of the guards that hold already when one asks.
    pub(super) asking_guards: Vec<String>,
}

/// Both texts.
#[derive(Debug, Default)]
pub(super) struct Reviewed {
    /// The transitions, in order.
    pub(super) headings: Vec<Heading>,
    /// The stages, in order.
    pub(super) stages: Vec<String>,
    /// The columns of the table of rights: every role, and `nobody`.
    pub(super) columns: Vec<String>,
    /// By transition, stage and who has asked (empty: nobody): each role's cell.
    moves: BTreeMap<(String, String, String), BTreeMap<String, Said>>,
    /// By act, stage and column.
    rights: BTreeMap<(String, String, String), Said>,
}

impl Reviewed {
    /// Reads both.
    pub(super) fn read() -> Self {
        let mut reviewed = Self::default();
        reviewed.take_rights(include_str!("../expected/rights.txt"));
        reviewed.take_moves(include_str!("../expected/transitions.txt"));
        assert_eq!((reviewed.stages.len(), reviewed.columns.len()), (20, 15));
        assert_eq!(reviewed.headings.len(), 31);
        reviewed
    }

    fn take_rights(&mut self, text: &str) {
        let mut action = "";
        for line in text.lines().skip(2) {
            let mut words = line.split_whitespace();
            let Some(first) = words.next() else { continue };
            let cells: Vec<&str> = words.collect();
            if cells.first() == Some(&"owner") {
                action = first;
                self.columns = cells.into_iter().map(ToOwned::to_owned).collect();
                continue;
            }
            // The first table is about acts outside of a proposal.
            if line.starts_with("in a chantier") || action.is_empty() {
                continue;
            }
            if action == "read" {
                self.stages.push(first.to_owned());
            }
            assert_eq!(cells.len(), self.columns.len(), "{line}");
            for (column, cell) in self.columns.iter().zip(cells) {
                let said = match (cell, cell.strip_suffix('*')) {
                    ("\u{2713}", _) => Said::Moves,
                    ("R-READ", _) => Said::Hidden,
                    (_, Some(rule)) => Said::Refused(rule.to_owned(), "stage".to_owned()),
                    (rule, None) => Said::Refused(rule.to_owned(), "role_missing".to_owned()),
                };
                let place = (action.to_owned(), first.to_owned(), column.clone());
                self.rights.insert(place, said);
            }
        }
    }

    fn take_moves(&mut self, text: &str) {
        let (mut stage, mut asked) = (String::new(), String::new());
        for line in text.lines().skip(2).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let indent = line.len() - line.trim_start().len();
            if let (0, [key, action, ">", to]) = (indent, &words[..]) {
                self.headings.push(Heading {
                    key: (*key).to_owned(),
                    action: (*action).to_owned(),
                    to: (!to.starts_with('(')).then(|| (*to).to_owned()),
                    guards: Vec::new(),
                    asking_guards: Vec::new(),
                });
                continue;
            }
            let heading = self.headings.last_mut().expect("a heading first");
            match (indent, &words[..]) {
                (2, ["at", at]) => (stage, asked) = ((*at).to_owned(), String::new()),
                (2, ["at", at, who, "has", "asked"]) => {
                    (stage, asked) = (at.trim_end_matches(',').to_owned(), (*who).to_owned());
                }
                (2, ["guard", code]) => heading.guards.push((*code).to_owned()),
                (2, ["guard", "when", "asking", code]) => {
                    heading.asking_guards.push((*code).to_owned());
                }
                (4, [role, cell]) => {
                    let said = match (*cell, cell.split_once('/')) {
                        ("moves", _) => Said::Moves,
                        ("asks", _) => Said::Asks,
                        ("R-READ/role_missing", _) => Said::Hidden,
                        (_, Some((rule, code))) => Said::Refused(rule.to_owned(), code.to_owned()),
                        (_, None) => panic!("{line}"),
                    };
                    let place = (heading.key.clone(), stage.clone(), asked.clone());
                    let cells = self.moves.entry(place).or_default();
                    cells.insert((*role).to_owned(), said);
                }
                _ => panic!("not understood: {line}"),
            }
        }
    }

    /// Whether the transition starts at this stage.
    pub(super) fn is_listed(&self, transition: &str, stage: &str) -> bool {
        let place = (transition.to_owned(), stage.to_owned(), String::new());
        self.moves.contains_key(&place)
    }

    /// At how many stages transitions start, all together.
    pub(super) fn listed_count(&self) -> usize {
        let begun = self.moves.keys().filter(|(_, _, asked)| asked.is_empty());
        begun.count()
    }

    /// How often the table of transitions says this, but for these.
    pub(super) fn count(&self, said: &Said, apart: &[&str]) -> usize {
        let moves = self.moves.iter();
        let moves = moves.filter(|((key, _, _), _)| !apart.contains(&key.as_str()));
        let cells = moves.flat_map(|(_, cells)| cells.values());
        cells.filter(|one| *one == said).count()
    }

    /// What becomes of a transition; `asked` is who has asked for it already, or empty. What the
    /// table of transitions does not list, the table of rights refuses.
    pub(super) fn cell(&self, heading: &Heading, stage: &str, asked: &str, role: &str) -> Said {
        let place = (heading.key.clone(), stage.to_owned(), asked.to_owned());
        if let Some(said) = self.moves.get(&place).and_then(|cells| cells.get(role)) {
            return said.clone();
        }
        let said = self.right(&heading.action, stage, role);
        assert_ne!(said, Said::Moves, "{heading:?} at {stage} by {role}");
        said
    }

    /// What the table of rights says; a tick is [`Said::Moves`].
    pub(super) fn right(&self, action: &str, stage: &str, role: &str) -> Said {
        let place = (action.to_owned(), stage.to_owned(), role.to_owned());
        let said = self.rights.get(&place);
        said.unwrap_or_else(|| panic!("no cell {place:?}")).clone()
    }

    /// Whether this role may read at this stage.
    pub(super) fn reads(&self, stage: &str, role: &str) -> bool {
        self.right("read", stage, role) == Said::Moves
    }
}

/// Everybody of the programme, and the column of the table they stand for: who sits elsewhere is nobody
/// here.
pub(super) fn everybody(reviewed: &Reviewed) -> Vec<(&str, &str)> {
    let columns = reviewed.columns.iter();
    let mut people: Vec<(&str, &str)> =
        columns.map(|role| (role.as_str(), role.as_str())).collect();
    people.push(("elsewhere", "nobody"));
    people
}
