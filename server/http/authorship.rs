//! "Qui a écrit quoi": whose each passage of a proposal's text is, each organisation's share and
//! each college's, and who deleted what lately. Shares come in alphabetical order, never ranked.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Signed};
use super::problem::Problem;
use super::shapes::OrganisationRef;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::rules::rights::{act, may};
use crate::rules::wording::fold;
use crate::store::authorship::Names;
use crate::text::authorship::{Author, Passage};
use crate::text::plain;
use crate::work::authorship::Authorship as Replayed;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_authorship))
}

/// Who wrote what in a document, from its log.
#[derive(Debug, Serialize, ToSchema)]
struct Authorship {
    document_id: String,
    /// The last position of the log it counts.
    seq: i64,
    /// Every section, in the order of the sheet.
    sections: Vec<AuthoredSection>,
    /// Each organisation's share of the visible characters, in alphabetical order.
    shares: Vec<Share>,
    /// Each college's share, in the colleges' order.
    colleges: Vec<CollegeShare>,
    /// Visible characters whose author the log cannot say.
    unknown_chars: u64,
    /// All visible characters.
    chars: u64,
    /// The latest deletions of words that stand nowhere any more, the latest first.
    deletions: Vec<AuthoredDeletion>,
}

/// A section and whose its passages are.
#[derive(Debug, Serialize, ToSchema)]
struct AuthoredSection {
    /// Its key, e.g. `context`.
    key: &'static str,
    /// As reading mode shows it, at `seq`.
    html: String,
    /// They cover the text of `html` (its tags left out, nothing between blocks), without a gap.
    ranges: Vec<AuthoredRange>,
}

/// A passage: from where to where, in UTF-16 units of the section's text, and whose.
#[derive(Debug, Serialize, ToSchema)]
struct AuthoredRange {
    from: usize,
    to: usize,
    #[serde(flatten)]
    author: AuthorRef,
    /// When its latest words were written, in milliseconds UTC; `null` when unknown.
    at_ms: Option<i64>,
    /// Who moved it or gave it another form since.
    mover: Option<Mover>,
}

/// An author, for the organisation they acted for then. All `null`: the log cannot say.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AuthorRef {
    account_id: Option<String>,
    person: Option<AuthorPerson>,
    organisation: Option<OrganisationRef>,
}

/// A person, named.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AuthorPerson {
    person_id: String,
    given_name: String,
    usual_name: String,
}

/// Who moved a passage, and when.
#[derive(Debug, Serialize, ToSchema)]
struct Mover {
    #[serde(flatten)]
    author: AuthorRef,
    at_ms: i64,
}

/// An organisation's part of the text.
#[derive(Debug, Serialize, ToSchema)]
struct Share {
    /// `null`: people who acted for no organisation.
    organisation: Option<OrganisationRef>,
    /// Its college.
    college: Option<CollegeName>,
    /// Visible characters: neither white space nor what nobody sees is counted.
    chars: u64,
    /// Of all visible characters, from 0 to 1.
    share: f64,
}

/// A college's part of the text.
#[derive(Debug, Serialize, ToSchema)]
struct CollegeShare {
    #[serde(flatten)]
    college: CollegeName,
    chars: u64,
    share: f64,
}

/// A college, named.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct CollegeName {
    college_id: String,
    title: String,
}

/// Words that somebody deleted.
#[derive(Debug, Serialize, ToSchema)]
struct AuthoredDeletion {
    #[serde(flatten)]
    author: AuthorRef,
    /// When the last of them went, in milliseconds UTC; `null` when unknown.
    at_ms: Option<i64>,
    /// The section they stood in.
    section: &'static str,
    /// How many UTF-16 units.
    chars: usize,
    /// Their beginning.
    quote: String,
    /// Those who had written them.
    written_by: Vec<AuthorRef>,
}

/// Who wrote which passage of the document's text, and who deleted what lately.
/// For the members of the proposal's chantier; others who may read it are refused by `R-AUTHORS`.
#[utoipa::path(get, path = "/api/documents/{document_id}/authorship", tag = "documents",
    params(("document_id" = String, Path)),
    responses((status = 200, body = Authorship), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 503, body = Problem)))]
async fn get_authorship(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(document_id): Path<String>,
) -> Result<Json<Authorship>> {
    let document = DocumentId::from(document_id.as_str());
    let facts = app
        .store
        .document_facts(&identity.account_id, &document)
        .await?;
    may::<act::ReadAuthorship>(&facts)?;
    let replayed = app.work.authorship(&document).await?;
    let authors = authors(&replayed);
    let accounts: BTreeSet<_> = authors.iter().map(|one| one.account.clone()).collect();
    let organisations: BTreeSet<_> = authors
        .iter()
        .filter_map(|one| one.organisation.clone())
        .collect();
    let names = app
        .store
        .names_of(
            &accounts.into_iter().collect::<Vec<_>>(),
            &organisations.into_iter().collect::<Vec<_>>(),
        )
        .await?;
    let colleges = app.store.colleges().await?;
    let colleges: Vec<CollegeName> = colleges
        .into_iter()
        .map(|one| CollegeName {
            college_id: one.college_id,
            title: one.title,
        })
        .collect();
    // Ten megabytes of text take a while to count.
    let told = move || told(document_id, &replayed, &names, &colleges);
    let told = tokio::task::spawn_blocking(told).await;
    Ok(Json(told.map_err(Error::internal)?))
}

/// Everybody who is named.
fn authors(replayed: &Replayed) -> Vec<&Author> {
    let mut authors: Vec<&Author> = Vec::new();
    for passage in replayed.sections.iter().flat_map(|one| &one.passages) {
        authors.extend(&passage.author);
        authors.extend(passage.mover.as_ref().map(|(author, _)| author));
    }
    for deletion in &replayed.deletions {
        authors.extend(&deletion.author);
        authors.extend(deletion.written_by.iter().flatten());
    }
    authors
}

fn told(
    document_id: String,
    replayed: &Replayed,
    names: &Names,
    colleges: &[CollegeName],
) -> Authorship {
    let counted = Counted::of(replayed);
    let name = |author: Option<&Author>| named(author, names);
    Authorship {
        document_id,
        seq: replayed.seq,
        sections: replayed
            .sections
            .iter()
            .map(|section| AuthoredSection {
                key: section.key,
                html: section.html.clone(),
                ranges: section
                    .passages
                    .iter()
                    .map(|passage| range(passage, names))
                    .collect(),
            })
            .collect(),
        shares: counted.shares(names, colleges),
        colleges: counted.by_college(names, colleges),
        unknown_chars: counted.unknown,
        chars: counted.all,
        deletions: replayed
            .deletions
            .iter()
            .map(|deletion| AuthoredDeletion {
                author: name(deletion.author.as_ref()),
                at_ms: deletion.author.as_ref().map(|_| deletion.at_ms),
                section: deletion.section,
                chars: deletion.units,
                quote: deletion.quote.clone(),
                written_by: deletion
                    .written_by
                    .iter()
                    .map(|author| name(author.as_ref()))
                    .collect(),
            })
            .collect(),
    }
}

fn range(passage: &Passage, names: &Names) -> AuthoredRange {
    AuthoredRange {
        from: passage.from,
        to: passage.to,
        author: named(passage.author.as_ref(), names),
        at_ms: passage.author.as_ref().map(|_| passage.at_ms),
        mover: passage.mover.as_ref().map(|(author, at_ms)| Mover {
            author: named(Some(author), names),
            at_ms: *at_ms,
        }),
    }
}

fn named(author: Option<&Author>, names: &Names) -> AuthorRef {
    let person = author.and_then(|author| names.writers.get(&author.account));
    let organisation = author.and_then(|author| author.organisation.as_ref());
    AuthorRef {
        account_id: author.map(|author| author.account.as_str().to_owned()),
        person: person.map(|one| AuthorPerson {
            person_id: one.person_id.clone(),
            given_name: one.given_name.clone(),
            usual_name: one.usual_name.clone(),
        }),
        organisation: organisation
            .and_then(|id| names.organisations.get(id))
            .cloned()
            .map(Into::into),
    }
}

/// Visible characters by organisation.
#[derive(Debug, Default)]
struct Counted {
    all: u64,
    unknown: u64,
    /// By organisation id; `None` for people without one.
    by_organisation: BTreeMap<Option<String>, u64>,
}

impl Counted {
    fn of(replayed: &Replayed) -> Self {
        let mut counted = Self::default();
        for section in &replayed.sections {
            let units: Vec<u16> = section.text.encode_utf16().collect();
            for passage in &section.passages {
                let words = units.get(passage.from..passage.to).unwrap_or_default();
                let chars = char::decode_utf16(words.iter().copied())
                    .filter(|one| one.as_ref().is_ok_and(|one| plain::is_visible(*one)))
                    .count() as u64;
                counted.all += chars;
                match &passage.author {
                    None => counted.unknown += chars,
                    Some(author) => {
                        let organisation = author
                            .organisation
                            .as_ref()
                            .map(|id| id.as_str().to_owned());
                        *counted.by_organisation.entry(organisation).or_default() += chars;
                    }
                }
            }
        }
        counted.by_organisation.retain(|_, chars| *chars > 0);
        counted
    }

    fn share(&self, chars: u64) -> f64 {
        if self.all == 0 {
            return 0.0;
        }
        chars as f64 / self.all as f64
    }

    /// In alphabetical order, people without an organisation last.
    fn shares(&self, names: &Names, colleges: &[CollegeName]) -> Vec<Share> {
        let mut shares: Vec<Share> = self
            .by_organisation
            .iter()
            .map(|(id, chars)| {
                let organisation = id
                    .as_deref()
                    .and_then(|id| names.organisations.get(&id.into()));
                let college = organisation.and_then(|one| {
                    colleges
                        .iter()
                        .find(|college| college.college_id == one.college_id)
                });
                Share {
                    college: college.cloned(),
                    organisation: organisation.cloned().map(Into::into),
                    chars: *chars,
                    share: self.share(*chars),
                }
            })
            .collect();
        shares.sort_by_cached_key(|share| {
            let name = share.organisation.as_ref().map(|one| fold(&one.name));
            (name.is_none(), name)
        });
        shares
    }

    fn by_college(&self, names: &Names, colleges: &[CollegeName]) -> Vec<CollegeShare> {
        let shares = self.shares(names, colleges);
        colleges
            .iter()
            .filter_map(|college| {
                let chars: u64 = shares
                    .iter()
                    .filter(|share| {
                        share
                            .college
                            .as_ref()
                            .is_some_and(|one| one.college_id == college.college_id)
                    })
                    .map(|share| share.chars)
                    .sum();
                (chars > 0).then(|| CollegeShare {
                    college: college.clone(),
                    chars,
                    share: self.share(chars),
                })
            })
            .collect()
    }
}
