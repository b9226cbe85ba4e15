//! People and organisations as they are named beside other things: who, and for whom.

use super::Row;
use crate::error::Result;

/// An organisation, named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRef {
    /// Its id.
    pub organisation_id: String,
    /// Its full name.
    pub name: String,
    /// Its short name.
    pub short_name: String,
    /// Its college.
    pub college_id: String,
}

/// A person, named, with their organisation today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRef {
    /// Their id.
    pub person_id: String,
    /// Given name.
    pub given_name: String,
    /// Usual name.
    pub usual_name: String,
    /// Their organisation, while an affiliation is live.
    pub organisation: Option<OrganisationRef>,
}

/// The columns [`person_at`] reads, of `person p` and `organisation o`.
macro_rules! person_columns {
    () => {
        "p.person_id, p.given_name, p.usual_name, o.organisation_id, o.name, o.short_name, o.college_id"
    };
}
pub(super) use person_columns;

/// Joins `organisation o` of `person p` today; `$day` is the placeholder of the day, twice bound.
macro_rules! organisation_today {
    ($from:literal, $to:literal) => {
        concat!(
            " left join affiliation f on f.person_id = p.person_id and f.valid_from <= ",
            $from,
            " and (f.valid_to is null or f.valid_to > ",
            $to,
            ") left join organisation o on o.organisation_id = f.organisation_id "
        )
    };
}
pub(super) use organisation_today;

/// The organisation whose four columns start at `index`; `None` where they are null.
pub(super) fn organisation_at(row: &Row, index: usize) -> Result<Option<OrganisationRef>> {
    let Some(organisation_id) = row.opt_text(index)? else {
        return Ok(None);
    };
    Ok(Some(OrganisationRef {
        organisation_id,
        name: row.text(index + 1)?,
        short_name: row.text(index + 2)?,
        college_id: row.text(index + 3)?,
    }))
}

/// The person whose seven columns start at `index`.
pub(super) fn person_at(row: &Row, index: usize) -> Result<PersonRef> {
    Ok(PersonRef {
        person_id: row.text(index)?,
        given_name: row.text(index + 1)?,
        usual_name: row.text(index + 2)?,
        organisation: organisation_at(row, index + 3)?,
    })
}

/// Adds a person once: two affiliations at a time give two rows.
pub(super) fn add_once(people: &mut Vec<PersonRef>, person: PersonRef) {
    if !people.iter().any(|one| one.person_id == person.person_id) {
        people.push(person);
    }
}
/// Sorts people by name, as a directory does.
pub(super) fn by_name(people: &mut [PersonRef]) {
    people.sort_by_cached_key(|one| {
        (
            crate::rules::wording::fold(&one.usual_name),
            crate::rules::wording::fold(&one.given_name),
        )
    });
}
