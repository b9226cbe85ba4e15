//! Who may name the structure porteuse once it is drafted, and who may answer for it.

use crate::rules::rights::{Facts, Permit, Refusal, act, may};
use crate::rules::role::Role;

/// R-SHEET for the porteur: who leads the proposal names it; those who only write do not.
///
/// # Errors
/// `R-READ`, `R-SHEET/role_missing`, `R-SHEET/stage`.
pub fn name_porteur(facts: &Facts) -> Result<Permit<act::EditSheet>, Refusal> {
    let permit = may::<act::EditSheet>(facts)?;
    if facts.roles.has(Role::Owner) {
        Ok(permit)
    } else {
        Err(Refusal {
            rule: crate::rules::rights::Action::EditSheet.rule(),
            code: "role_missing",
        })
    }
}
