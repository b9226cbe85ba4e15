//! Organisations, people and what they hold. Everybody may sign in.

use super::data::{Affiliation, Demo, Organisation, Person};
use super::{account_of, flag};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::store::{Tx, args};

impl Tx {
    pub(super) async fn load_people(
        &mut self,
        demo: &Demo,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<()> {
        for organisation in &demo.organisations {
            self.load_organisation(organisation, now).await?;
        }
        // A network may stand after its members in the list.
        for organisation in &demo.organisations {
            self.run(
                "update organisation set network_parent_id = $1 where organisation_id = $2",
                args![organisation.network_parent.clone(), &organisation.id],
            )
            .await?;
        }
        for person in &demo.persons {
            self.load_person(person, password_hash, now).await?;
        }
        for affiliation in &demo.affiliations {
            self.load_affiliation(affiliation).await?;
        }
        for membership in &demo.memberships {
            self.run(
                "insert into membership (membership_id, organisation_id, chantier_id, level,
                 status, valid_from, valid_to) values ($1, $2, $3, $4, $5, $6, $7)",
                args![
                    &membership.id,
                    &membership.organisation,
                    &membership.chantier,
                    &membership.level,
                    &membership.status,
                    &membership.from,
                    membership.to.clone()
                ],
            )
            .await?;
        }
        for mandate in &demo.mandates {
            self.run(
                "insert into mandate (mandate_id, person_id, body_id, role, seat, seat_kind, voting,
                 valid_from, valid_to, designation_ref, region_unit_id)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                         (select u.region_unit_id from region_unit u
                          where u.region_unit_id = $11))",
                args![
                    &mandate.id,
                    &mandate.person,
                    mandate.body.clone(),
                    &mandate.role,
                    mandate.seat.clone(),
                    mandate.seat_kind.clone(),
                    flag(mandate.voting),
                    &mandate.from,
                    mandate.to.clone(),
                    mandate.designation_ref.clone(),
                    mandate.designation_ref.clone()
                ],
            )
            .await?;
        }
        Ok(())
    }

    async fn load_organisation(
        &mut self,
        organisation: &Organisation,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "insert into organisation (organisation_id, name, short_name, kind, college_id,
             territory_code, siret, siren, rna, solicitation_budget_minutes, created_at_ms, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)",
            args![
                &organisation.id,
                &organisation.name,
                &organisation.short_name,
                &organisation.kind,
                &organisation.college,
                organisation.territory.clone(),
                organisation.siret.clone(),
                organisation.siren.clone(),
                organisation.rna.clone(),
                organisation.solicitation_budget_minutes,
                now.ms()
            ],
        )
        .await?;
        Ok(())
    }

    async fn load_person(
        &mut self,
        person: &Person,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "insert into person (person_id, given_name, usual_name, gender,
             listing_consented_at_ms, created_at_ms, version) values ($1, $2, $3, $4, $5, $6, 1)",
            args![
                &person.id,
                &person.given_name,
                &person.usual_name,
                person.gender.clone(),
                person.public_listing_consent.then_some(now.ms()),
                now.ms()
            ],
        )
        .await?;
        self.run(
            "insert into account (account_id, person_id, email, password_hash,
             password_changed_at_ms, created_at_ms) values ($1, $2, $3, $4, $5, $6)",
            args![
                account_of(&person.id),
                &person.id,
                person.email.to_lowercase(),
                password_hash,
                now.ms(),
                now.ms()
            ],
        )
        .await?;
        Ok(())
    }

    async fn load_affiliation(&mut self, affiliation: &Affiliation) -> Result<()> {
        let (person, organisation) = (&affiliation.person, &affiliation.organisation);
        self.run(
            "insert into affiliation (affiliation_id, person_id, organisation_id, job_title,
             elected, valid_from, valid_to) values ($1, $2, $3, $4, $5, $6, $7)",
            args![
                format!(
                    "aff-{}-{}",
                    person.trim_start_matches("per-"),
                    organisation.trim_start_matches("org-")
                ),
                person,
                organisation,
                &affiliation.job_title,
                flag(affiliation.elected),
                &affiliation.from,
                affiliation.to.clone()
            ],
        )
        .await?;
        Ok(())
    }
}
