//! The words of a table that people open in a spreadsheet (`domain.md` section 6): French, as on the page.
//! A key without a word stays as it is.

/// What a stage, an opinion, an arbitration, a decision or the state of a file is called.
#[must_use]
pub fn word(key: &str) -> &str {
    match key {
        "idea" => "Id\u{e9}e",
        "drafting" => "En r\u{e9}daction",
        "submitted" => "D\u{e9}pos\u{e9}e",
        "in_commission" => "En discussion en commission",
        "frozen" => "Version fig\u{e9}e pour avis",
        "opinion_given" => "Avis rendu",
        "at_copil" => "Au comit\u{e9} de pilotage",
        "at_region" => "Transmise \u{e0} la R\u{e9}gion",
        "approved" => "Valid\u{e9}e",
        "approved_conditional" | "approved_with_conditions" => "Valid\u{e9}e sous conditions",
        "rejected" => "Refus\u{e9}e",
        "returned" => "Renvoy\u{e9}e",
        "committed" => "Engag\u{e9}e",
        "in_progress" => "En cours",
        "suspended" => "Suspendue",
        "completed" => "R\u{e9}alis\u{e9}e",
        "abandoned" => "Abandonn\u{e9}e",
        "withdrawn" => "Retir\u{e9}e",
        "merged" => "Fusionn\u{e9}e",
        "split" => "Scind\u{e9}e",
        "closed" => "Class\u{e9}e sans suite",
        "favourable" => "Favorable",
        "favourable_with_reserves" => "Favorable avec r\u{e9}serves",
        "unfavourable" => "D\u{e9}favorable",
        "adjourned" => "Ajourn\u{e9}",
        "retained" => "Retenue",
        "rework" => "\u{c0} retravailler",
        "reserve_list" => "En r\u{e9}serve",
        "not_retained" => "Non retenue",
        "received" => "Re\u{e7}ue",
        "complete" => "Compl\u{e8}te",
        "cross_read" => "En lecture crois\u{e9}e",
        "scheduled" => "Inscrite \u{e0} une session",
        "decided" => "D\u{e9}cid\u{e9}e",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::arbitrations::Advice;
    use crate::rules::decisions::DecisionValue;
    use crate::rules::opinions::OpinionValue;
    use crate::rules::review::Status;
    use crate::rules::stage::Stage;

    #[test]
    fn every_key_that_a_table_shows_has_its_word() {
        let stages = Stage::ALL.iter().map(|one| one.key());
        let opinions = OpinionValue::ALL.iter().map(|one| one.key());
        let advices = Advice::ALL.iter().map(|one| one.key());
        let decisions = DecisionValue::ALL.iter().map(|one| one.key());
        let states = Status::ALL.iter().map(|one| one.key());
        let keys = stages
            .chain(opinions)
            .chain(advices)
            .chain(decisions)
            .chain(states);
        for key in keys {
            assert_ne!(word(key), key, "{key} has a word");
        }
    }
}
