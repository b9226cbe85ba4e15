//! The Region's territories, as the official geographic code names them (`territories/README.md`): written
//! once a year's file, found by name or code.

use super::{Store, args};
use crate::error::Result;
use crate::rules::wording::fold;

/// The territories of region 93: code, level, name, successor.
const FILE: &str = include_str!("../../territories/region-93.tsv");
/// The year of the official geographic code the file was made from.
pub const COG_YEAR: i64 = 2026;
/// How many answers a search gives.
pub const FOUND_MAX: usize = 20;

/// A territory, found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its INSEE code, or SIREN for an EPCI.
    pub territory_code: String,
    /// `region`, `department`, `epci`, `commune`.
    pub level: String,
    /// Its name.
    pub name: String,
}

impl Store {
    /// Writes the file's territories, unless its year is there already.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn load_territories(&self) -> Result<()> {
        let lines: Vec<[&str; 4]> = FILE.lines().skip(1).filter_map(fields).collect();
        let mut tx = self.write().await?;
        let known = tx
            .row(
                "select count(*) from territory where cog_year = $1",
                args![COG_YEAR],
            )
            .await?;
        let known = known.map_or(Ok(0), |row| row.int(0))?;
        if usize::try_from(known).is_ok_and(|known| known >= lines.len()) {
            return Ok(());
        }
        // Successors come before those they follow: the file is in that order.
        for [code, level, name, successor] in lines {
            tx.run(
                "insert into territory (territory_code, level, name, cog_year, successor_code)
                 values ($1, $2, $3, $4, $5)
                 on conflict (territory_code) do update set level = excluded.level,
                 name = excluded.name, cog_year = excluded.cog_year,
                 successor_code = excluded.successor_code",
                args![
                    code,
                    level,
                    name,
                    COG_YEAR,
                    (!successor.is_empty()).then_some(successor)
                ],
            )
            .await?;
        }
        tx.commit().await
    }

    /// Territories whose name or code begins so, or has a word that does: accents and case do not count. A
    /// merged commune or an arrondissement gives the territory it belongs to.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find_territories(&self, typed: &str) -> Result<Vec<Found>> {
        let wanted = words(typed);
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select t.territory_code, t.name, s.territory_code, s.level, s.name
                 from territory t
                 join territory s on s.territory_code = coalesce(t.successor_code, t.territory_code)",
                &[],
            )
            .await?;
        let mut found: Vec<(usize, usize, String, Found)> = Vec::new();
        for row in rows {
            let Some(rank) = rank(&wanted, &row.text(0)?, &words(&row.text(1)?)) else {
                continue;
            };
            let one = Found {
                territory_code: row.text(2)?,
                level: row.text(3)?,
                name: row.text(4)?,
            };
            let name = words(&one.name);
            found.push((rank, level_rank(&one.level), name, one));
        }
        found.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
        let mut answers: Vec<Found> = Vec::new();
        for (_, _, _, one) in found {
            if answers.len() < FOUND_MAX && !answers.contains(&one) {
                answers.push(one);
            }
        }
        Ok(answers)
    }
}

fn fields(line: &'static str) -> Option<[&'static str; 4]> {
    let mut parts = line.split('\t');
    let four = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    Some(four)
}

/// Folded, with one space where anything else than a letter or digit stands: "Saint-Étienne" is "saint etienne".
fn words(text: &str) -> String {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// How well it answers: 0 the whole, 1 its beginning, 2 the beginning of one of its words; `None` not at all.
fn rank(wanted: &str, code: &str, name: &str) -> Option<usize> {
    let code = code.to_lowercase();
    if code == wanted || name == wanted {
        Some(0)
    } else if code.starts_with(wanted) || name.starts_with(wanted) {
        Some(1)
    } else if name.contains(&format!(" {wanted}")) {
        Some(2)
    } else {
        None
    }
}

/// Communes are what most actions name; then the wider ones.
fn level_rank(level: &str) -> usize {
    let order = ["region", "department", "commune", "epci"];
    order
        .iter()
        .position(|one| *one == level)
        .unwrap_or(order.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_whole_and_in_order() {
        let lines: Vec<[&str; 4]> = FILE.lines().skip(1).filter_map(fields).collect();
        assert_eq!(lines.len(), FILE.lines().count() - 1);
        let level = |wanted: &str| lines.iter().filter(|line| line[1] == wanted).count();
        assert_eq!(
            (level("region"), level("department"), level("commune")),
            (1, 6, 946)
        );
        assert_eq!(
            (level("epci"), level("arrondissement"), level("former")),
            (52, 16, 16)
        );
        for (at, line) in lines.iter().enumerate() {
            let before = &lines[..at];
            assert!(
                before.iter().all(|other| other[0] != line[0]),
                "{line:?} twice"
            );
            assert!(
                line[3].is_empty() || before.iter().any(|other| other[0] == line[3]),
                "{line:?}"
            );
        }
    }

    #[test]
    fn a_name_is_found_by_its_beginning_a_word_or_its_code() {
        let name = words("Saint-\u{c9}tienne-les-Orgues");
        assert_eq!(rank(&words("saint etienne"), "04178", &name), Some(1));
        assert_eq!(rank(&words("ORGUES"), "04178", &name), Some(2));
        assert_eq!(rank(&words("04178"), "04178", &name), Some(0));
        assert_eq!(rank(&words("rgues"), "04178", &name), None);
    }
}
