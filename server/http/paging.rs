//! Lists a page at a time: after this one, so many, and where the next page begins.

use crate::error::{Error, Result};

/// Most rows of a page.
const LIMIT_MAX: usize = 200;

/// The page somebody asks for; everything without a limit.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The row after which the page begins.
    pub after: Option<String>,
    /// At most so many rows.
    pub limit: Option<usize>,
}

impl Asked {
    /// The page of a whole list, and the last row's id when more follow.
    ///
    /// # Errors
    /// `Invalid` on `limit` (`out_of_range`), on `after` (`unknown`) when the list has no such row.
    pub fn of<T>(
        &self,
        mut list: Vec<T>,
        id: impl Fn(&T) -> &String,
    ) -> Result<(Vec<T>, Option<String>)> {
        let invalid = |field, problem| Error::Invalid { field, problem };
        if let Some(after) = &self.after {
            let place = list.iter().position(|one| id(one) == after);
            let place = place.ok_or(invalid("after", "unknown"))?;
            list.drain(..=place);
        }
        let Some(limit) = self.limit else {
            return Ok((list, None));
        };
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(invalid("limit", "out_of_range"));
        }
        let next = (list.len() > limit).then(|| id(&list[limit - 1]).clone());
        list.truncate(limit);
        Ok((list, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(after: &str, limit: usize) -> (Vec<String>, Option<String>) {
        let list = ["a", "b", "c"].map(str::to_owned).to_vec();
        let asked = Asked {
            after: (!after.is_empty()).then(|| after.to_owned()),
            limit: Some(limit),
        };
        asked.of(list, |one| one).expect("a page")
    }

    #[test]
    fn pages_follow_each_other_without_a_gap() {
        assert_eq!(
            page("", 2),
            (vec!["a".to_owned(), "b".to_owned()], Some("b".to_owned()))
        );
        assert_eq!(page("b", 2), (vec!["c".to_owned()], None));
        assert_eq!(page("", 3).1, None);
        let far = Asked {
            after: Some("z".to_owned()),
            limit: None,
        };
        assert!(far.of(vec!["a".to_owned()], |one| one).is_err());
        let none = Asked {
            after: None,
            limit: Some(0),
        };
        assert!(none.of(vec!["a".to_owned()], |one| one).is_err());
    }
}
