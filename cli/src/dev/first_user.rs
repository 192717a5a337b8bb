//! The user of a developer's panel: the owner of the first company, who comes in by a printed link.

use adapter_system::SystemClock;
use jiff::SignedDuration;
use secrecy::SecretString;
use shared::{
    domain::{
        customer::Customer,
        ids::CompanyId,
        user::{Role, User, UserName},
    },
    ports::{clock::Clock, table::TableError},
    repositories::users::Users,
};

use crate::one_machine::Machine;

/// As long as one may try things without starting anew.
const LINK: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A link for the owner of this company among these people, who becomes a user if need be. `None`: the company's name
/// is none that a user's can be made of.
pub(super) async fn link(
    machine: &Machine,
    people: &[Customer],
    company: &CompanyId,
) -> anyhow::Result<Option<SecretString>> {
    let staff = || people.iter().filter(|person| person.company_id == *company);
    let owner = staff().find(|person| person.role.as_deref() == Some("owner")).or_else(|| staff().next());
    let Some(owner) = owner else { return Ok(None) };
    let named = UserName::parse(&format!("{}@{company}", owner.customer_id));
    let Some(name) = named.or_else(|| UserName::parse(&format!("owner@{company}"))) else { return Ok(None) };
    let called = owner.name.clone().unwrap_or_else(|| owner.customer_id.to_string().into());
    let user = User {
        language: owner.language,
        ..User::new(name, called, company.clone(), Role::Owner, SystemClock.now())
    };
    let users = Users::new(machine.data().store());
    match users.create(&user).await {
        Ok(()) => Ok(Some(machine.sign_in().link(&user, LINK))),
        Err(TableError::Conflict) => {
            let stored = users.find(&user.name).await?;
            Ok(stored.map(|stored| machine.sign_in().link(&stored.user, LINK)))
        }
        Err(error) => Err(error.into()),
    }
}
