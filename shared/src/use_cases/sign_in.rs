//! Who uses the panel: signing in with a password or by a link, and staying so.
//!
//! A session is a sealed text in a cookie; what the user may do is looked up anew each time, so a user who was taken
//! away, or whose password was changed, is out at once. Wrong passwords are counted per name and device: whoever
//! signed in before has a device that is known, and all others are counted together, so that nobody can lock a user
//! out of the devices that he uses (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    domain::{
        api_key::Pepper,
        tenant::TenantScope,
        user::{Password, PasswordHash, Role, User, UserName},
    },
    ports::{
        clock::{Clock, Ids},
        table::{TableError, TableStore},
    },
    repositories::{users::Users, wrong_passwords::WrongPasswords},
    seal::Seal,
};

/// For how long one is signed in.
pub const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// For how long a device is known.
pub const DEVICE: SignedDuration = SignedDuration::from_hours(24 * 180);
/// So many wrong passwords lately, for one name from one device, end the tries.
const MOST_WRONG: u32 = 10;

const SESSIONS: &str = "panel session";
const DEVICES: &str = "panel device";
const LINKS: &str = "panel link";
const FORMS: &str = "panel form";

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The user as it is now.
    pub user: User,
    /// The right to the company's things.
    pub scope: TenantScope,
    /// What tells this session from others.
    mark: String,
}

impl SignedIn {
    /// Whether the user may do what this role may.
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.user.role >= role
    }
}

/// What signing in gives, each the value of a cookie.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Good for [`SESSION`].
    pub session: SecretString,
    /// Good for [`DEVICE`].
    pub device: SecretString,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// A wrong name or password, or a link that is none or has expired: which, nobody is told.
    #[error("not signed in")]
    Wrong,
    /// There were too many wrong passwords for this name from devices like this.
    #[error("too many wrong passwords")]
    TooMany,
    /// It could not be looked up.
    #[error("the users cannot be looked up now")]
    Unavailable(#[from] TableError),
}

/// Signs in.
#[derive(Clone)]
pub struct SignIn {
    users: Users,
    wrong: WrongPasswords,
    seal: Seal,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

#[derive(Serialize, Deserialize)]
struct Ticket {
    name: UserName,
    #[serde(default)]
    epoch: u32,
    until: Timestamp,
    mark: String,
}

impl SignIn {
    /// Over the users of this table.
    #[must_use]
    pub fn new(
        table: Arc<dyn TableStore>,
        pepper: &Pepper,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        let seal = Seal::new(pepper.derive("panel"));
        Self { users: Users::new(table.clone()), wrong: WrongPasswords::new(table), seal, clock, ids }
    }

    /// With a name and a password; `device`: what the browser has of an earlier time. Blocks the thread for as long as a
    /// password takes.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn with_password(
        &self,
        name: &str,
        password: SecretString,
        device: Option<&str>,
    ) -> Result<Opened, Refused> {
        let (Some(name), Some(password)) = (UserName::parse(name), Password::tried(password)) else {
            return Err(Refused::Wrong);
        };
        let device = self.known_device(&name, device).unwrap_or_else(|| "unknown".to_owned());
        let now = self.clock.now();
        if self.wrong.lately(&name, &device, now).await? >= MOST_WRONG {
            return Err(Refused::TooMany);
        }
        let user = self.users.find(&name).await?.map(|stored| stored.user);
        // A name that nobody has costs the same time.
        let hash = user.as_ref().and_then(|user| user.password.clone()).or_else(nobodys);
        let is_right = hash.is_some_and(|hash| hash.is_of(&password));
        match user.filter(|user| is_right && user.password.is_some()) {
            Some(user) => Ok(self.open(&user)),
            None => {
                self.wrong.one_more(&name, &device, now).await?;
                Err(Refused::Wrong)
            }
        }
    }

    /// With a link that was made by [`SignIn::link`].
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn with_link(&self, link: &str) -> Result<Opened, Refused> {
        let ticket = self.ticket(LINKS, link).ok_or(Refused::Wrong)?;
        let user = self.users.find(&ticket.name).await?.map(|stored| stored.user);
        let user = user.filter(|user| user.epoch == ticket.epoch).ok_or(Refused::Wrong)?;
        Ok(self.open(&user))
    }

    /// The part of a link that signs this user in, for so long.
    #[must_use]
    pub fn link(&self, user: &User, valid_for: SignedDuration) -> SecretString {
        self.made(LINKS, user, valid_for)
    }

    /// Who was just signed in.
    ///
    /// # Errors
    /// As [`SignIn::who`].
    pub async fn of(&self, opened: &Opened) -> Result<SignedIn, Refused> {
        self.who(opened.session.expose_secret()).await
    }

    /// Whose session this is.
    ///
    /// # Errors
    /// [`Refused::Wrong`] when it is none, or has ended.
    pub async fn who(&self, session: &str) -> Result<SignedIn, Refused> {
        let ticket = self.ticket(SESSIONS, session).ok_or(Refused::Wrong)?;
        let user = self.users.find(&ticket.name).await?.map(|stored| stored.user);
        let user = user.filter(|user| user.epoch == ticket.epoch).ok_or(Refused::Wrong)?;
        let scope = TenantScope::of_signed_in(&user);
        Ok(SignedIn { user, scope, mark: ticket.mark })
    }

    /// What each form of this session carries, so that no other site can send one.
    #[must_use]
    pub fn form_token(&self, signed_in: &SignedIn) -> String {
        self.seal.close(FORMS, &signed_in.mark).unwrap_or_default()
    }

    /// Whether a form was made for this session.
    #[must_use]
    pub fn is_its_form(&self, signed_in: &SignedIn, token: &str) -> bool {
        self.seal.open(FORMS, token).is_some_and(|mark| mark == signed_in.mark)
    }

    fn open(&self, user: &User) -> Opened {
        Opened { session: self.made(SESSIONS, user, SESSION), device: self.made(DEVICES, user, DEVICE) }
    }

    fn known_device(&self, name: &UserName, device: Option<&str>) -> Option<String> {
        let ticket = self.ticket(DEVICES, device?)?;
        (ticket.name == *name).then_some(ticket.mark)
    }

    fn made(&self, what: &str, user: &User, valid_for: SignedDuration) -> SecretString {
        let until = self.clock.now().saturating_add(valid_for).unwrap_or(Timestamp::MAX);
        let mark = hex::encode(self.ids.random().get(..16).unwrap_or_default());
        let ticket = Ticket { name: user.name.clone(), epoch: user.epoch, until, mark };
        let text = serde_json::to_string(&ticket).unwrap_or_default();
        self.seal.close(what, &text).unwrap_or_default().into()
    }

    fn ticket(&self, what: &str, sealed: &str) -> Option<Ticket> {
        let ticket: Ticket = read(&self.seal.open(what, sealed)?)?;
        (ticket.until > self.clock.now()).then_some(ticket)
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// The hash of a password that nobody knows.
fn nobodys() -> Option<PasswordHash> {
    const NOBODYS: &str = "\"$argon2id$v=19$m=19456,t=2,p=1$MDcwNzA3MDcwNzA3MDcwNw$\
                           AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"";
    read(NOBODYS)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        domain::ids::CompanyId,
        testing::{
            fixed::{FixedClock, SeededIds},
            memory_table::MemoryTable,
        },
    };

    struct World {
        clock: Arc<FixedClock>,
        users: Users,
        sign_in: SignIn,
    }

    const PASSWORD: &str = "correct horse battery";

    async fn world() -> World {
        let clock = Arc::new(FixedClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let pepper = Pepper::new(&"p".repeat(32).into()).unwrap();
        let ids = Arc::new(SeededIds::new(1));
        let sign_in = SignIn::new(table.clone(), &pepper, clock.clone(), ids);
        let users = Users::new(table);
        let password = Password::chosen(SecretString::from(PASSWORD)).unwrap();
        let (company, called) = (CompanyId::parse("acme").unwrap(), "Anna".to_owned().into());
        let name = UserName::parse("anna").unwrap();
        let user = User {
            password: password.hash(&[1; 32]),
            ..User::new(name, called, company, Role::Owner, clock.now())
        };
        users.create(&user).await.unwrap();
        World { clock, users, sign_in }
    }

    async fn tries(world: &World, password: &str, device: Option<&str>) -> Result<Opened, Refused> {
        world.sign_in.with_password("Anna", SecretString::from(password), device).await
    }

    #[tokio::test]
    async fn who_knows_the_password_is_in_until_the_session_ends_or_is_ended() {
        let world = world().await;
        let opened = tries(&world, PASSWORD, None).await.unwrap();
        let session = opened.session.expose_secret();
        let who = world.sign_in.who(session).await.unwrap();
        assert_eq!((who.user.name.expose(), who.scope.company().as_str()), ("anna", "acme"));
        assert!(world.sign_in.is_its_form(&who, &world.sign_in.form_token(&who)));
        assert!(!world.sign_in.is_its_form(&who, session), "a session is no form");
        assert!(world.sign_in.who(opened.device.expose_secret()).await.is_err(), "a device is no session");
        let other = tries(&world, PASSWORD, None).await.unwrap();
        let other = world.sign_in.who(other.session.expose_secret()).await.unwrap();
        assert!(!world.sign_in.is_its_form(&other, &world.sign_in.form_token(&who)));

        let mut stored = world.users.find(&who.user.name).await.unwrap().unwrap();
        stored.user.epoch += 1;
        world.users.save(&stored).await.unwrap();
        assert!(matches!(world.sign_in.who(session).await, Err(Refused::Wrong)));
        let again = tries(&world, PASSWORD, None).await.unwrap();
        world.clock.advance(Duration::from_secs(12 * 3_600));
        assert!(matches!(world.sign_in.who(again.session.expose_secret()).await, Err(Refused::Wrong)));
    }

    #[tokio::test]
    async fn who_guesses_is_braked_and_the_owner_on_a_known_device_is_not() {
        let world = world().await;
        let device = tries(&world, PASSWORD, None).await.unwrap().device;
        for _ in 0..MOST_WRONG {
            assert!(matches!(tries(&world, "wrong wrong wrong", None).await, Err(Refused::Wrong)));
        }
        assert!(matches!(tries(&world, PASSWORD, None).await, Err(Refused::TooMany)));
        let device = Some(device.expose_secret());
        assert!(tries(&world, PASSWORD, device).await.is_ok());
        world.clock.advance(Duration::from_secs(15 * 60));
        assert!(tries(&world, PASSWORD, None).await.is_ok());
        let nobody = world.sign_in.with_password("nobody", SecretString::from(PASSWORD), None).await;
        assert!(matches!(nobody, Err(Refused::Wrong)));
    }

    #[tokio::test]
    async fn a_link_signs_in_for_as_long_as_it_was_made_for() {
        let world = world().await;
        let anna = world.users.find(&UserName::parse("anna").unwrap()).await.unwrap().unwrap().user;
        let link = world.sign_in.link(&anna, SignedDuration::from_mins(10));
        let link = link.expose_secret();
        let session = world.sign_in.with_link(link).await.unwrap().session;
        assert!(world.sign_in.who(session.expose_secret()).await.is_ok());
        assert!(world.sign_in.who(link).await.is_err(), "a link is no session");
        world.clock.advance(Duration::from_secs(600));
        assert!(matches!(world.sign_in.with_link(link).await, Err(Refused::Wrong)));
    }
}
