//! What a sheet still lacks before it can be deposited (`domain.md` 1.4).

/// A rich-text section as the deposit looks at it.
#[derive(Clone, Copy, Debug)]
pub struct SectionText<'a> {
    /// Its key, e.g. `context`.
    pub key: &'a str,
    /// How many characters its plain text has, ends trimmed.
    pub chars: i64,
}

/// What a text lacks before it can be deposited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// "Contexte et diagnostic" is shorter than 40 characters.
    ContextTooShort,
    /// "Contexte et diagnostic" is longer than 6000 characters.
    ContextTooLong,
    /// "Description de l'action" is empty.
    DescriptionMissing,
    /// "Égalité professionnelle et développement durable" is empty.
    TransversalMissing,
    /// "Caractère expérimental" is empty though experimentation money is asked.
    ExperimentMissing,
}

/// How long the context may be, in characters (`domain.md` 1.4).
const CONTEXT_CHARS: std::ops::RangeInclusive<i64> = 40..=6000;

impl Lack {
    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::ContextTooShort => "context_too_short",
            Self::ContextTooLong => "context_too_long",
            Self::DescriptionMissing => "description_missing",
            Self::TransversalMissing => "transversal_missing",
            Self::ExperimentMissing => "experiment_missing",
        }
    }

    /// The section it is about.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::ContextTooShort | Self::ContextTooLong => "context",
            Self::DescriptionMissing => "description",
            Self::TransversalMissing => "transversal",
            Self::ExperimentMissing => "experiment",
        }
    }
}

/// Whether the deposit needs this section (`domain.md` 1.4).
#[must_use]
pub fn is_required(section: &str, asks_experiment_money: Experiment) -> bool {
    match section {
        "context" | "description" | "transversal" => true,
        "experiment" => asks_experiment_money == Experiment::MoneyAsked,
        _ => false,
    }
}

/// Whether money of the experimentation fund (FEE) is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Experiment {
    /// Some is.
    MoneyAsked,
    /// None is.
    NoMoney,
}

/// What the text lacks before it can be deposited, in the order of the sheet.
#[must_use]
pub fn lacks(sections: &[SectionText<'_>], experiment: Experiment) -> Vec<Lack> {
    let chars = |key: &str| {
        let found = sections.iter().find(|section| section.key == key);
        found.map_or(0, |section| section.chars)
    };
    let missing = |key: &str| is_required(key, experiment) && chars(key) == 0;
    let context = chars("context");
    [
        (context < *CONTEXT_CHARS.start(), Lack::ContextTooShort),
        (context > *CONTEXT_CHARS.end(), Lack::ContextTooLong),
        (missing("description"), Lack::DescriptionMissing),
        (missing("transversal"), Lack::TransversalMissing),
        (missing("experiment"), Lack::ExperimentMissing),
    ]
    .into_iter()
    .filter_map(|(is_so, lack)| is_so.then_some(lack))
    .collect()
}
