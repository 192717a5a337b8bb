//! Who we are at Telegram: a token, and the bot whose token it is. And what messages are called by us.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use shared::domain::{
    identity::{Address, InvalidAddress},
    ids::{InvalidId, MessageId},
};

/// What message ids of Telegram begin with.
const PREFIX: &str = "TG";

/// How much of a hash stands in an id.
const HASHED: usize = 16;

/// Shortest secret part of a token that is taken. Telegram's have 35 characters.
const SHORTEST: usize = 20;

/// The bot's number: the digits before the colon of its token. Not secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BotId(i64);

impl BotId {
    /// The number.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The bot's own address.
    ///
    /// # Errors
    /// None is known to happen.
    pub fn address(self) -> Result<Address, InvalidAddress> {
        Address::parse(&format!("telegram:{}", self.0))
    }

    /// Our id of a message: Telegram numbers the messages of each chat by themselves, and a chat with a person has the
    /// person's own number. So that no number of a person stands in an id, it is a hash, the same for each delivery.
    ///
    /// # Errors
    /// None is known to happen.
    pub fn message_id(self, chat: i64, message: i64) -> Result<MessageId, InvalidId> {
        self.hashed(chat, &message.to_string())
    }

    /// Our id of a tap on a button of a message. Telegram gives each tap an id of its own: with it, each counts by itself.
    ///
    /// # Errors
    /// None is known to happen.
    pub fn tap_id(
        self,
        chat: i64,
        message: i64,
        data: &str,
        tap: Option<&str>,
    ) -> Result<MessageId, InvalidId> {
        self.hashed(chat, &format!("tap:{message}:{}:{data}:{}", data.len(), tap.unwrap_or_default()))
    }

    /// Our id of what a message was changed to at that second.
    ///
    /// # Errors
    /// None is known to happen.
    pub fn edit_id(self, chat: i64, message: i64, at: i64, text: &str) -> Result<MessageId, InvalidId> {
        self.hashed(chat, &format!("edit:{message}:{at}:{text}"))
    }

    fn hashed(self, chat: i64, what: &str) -> Result<MessageId, InvalidId> {
        let hash = Sha256::digest(format!("{}:{chat}:{what}", self.0));
        MessageId::parse(&format!("{PREFIX}{}", hex::encode(hash.get(..HASHED).unwrap_or_default())))
    }
}

/// The bot's token: whoever has it is the bot. It stands in the path of every request to Telegram.
#[derive(Clone)]
pub struct BotToken {
    bot: BotId,
    token: SecretString,
}

impl BotToken {
    /// Reads `{digits}:{letters, digits, _ and -}`. `None` for anything else, which could not stand in a path.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let (bot, secret) = raw.split_once(':')?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let well_formed = bot.bytes().all(|byte| byte.is_ascii_digit())
            && (SHORTEST..=256).contains(&secret.len())
            && secret.bytes().all(plain);
        let bot = bot.parse().ok().filter(|bot| *bot > 0 && well_formed)?;
        Some(Self { bot: BotId(bot), token: SecretString::from(raw) })
    }

    /// Whose it is.
    #[must_use]
    pub const fn bot(&self) -> BotId {
        self.bot
    }

    /// The token itself: for the path of a request, and nothing else.
    pub(crate) fn expose(&self) -> &str {
        self.token.expose_secret()
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BotToken({}:[secret])", self.bot.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "5550000:CANARY0123456789abcdef_-";

    #[test]
    fn a_token_is_read_and_never_shown() {
        let token = BotToken::parse(TOKEN).unwrap();
        assert_eq!(token.bot(), BotId(5_550_000));
        assert_eq!(token.bot().address().unwrap().to_wire(), "telegram:5550000");
        assert_eq!(token.expose(), TOKEN);
        assert!(!format!("{token:?}").contains("CANARY"));
        for bad in [
            "",
            ":",
            "5550000",
            "5550000:short",
            "0:CANARY0123456789abcdef_-",
            "-5:CANARY0123456789abcdef_-",
            "x5:CANARY0123456789abcdef_-",
            "99999999999999999999:CANARY0123456789abcdef_-",
            "5550000:CANARY0123456789/../abcdef",
            "5550000:CANARY0123456789 abcdef_-",
            "5550000:CANARY:0123456789abcdef_-",
        ] {
            assert!(BotToken::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn g01_an_id_is_the_same_each_time_differs_by_bot_and_chat_and_shows_no_number() {
        let bot = BotId(5_550_000);
        let id = bot.message_id(5_550_003, 7).unwrap();
        assert_eq!(id, bot.message_id(5_550_003, 7).unwrap());
        assert_eq!(id.as_str().len(), 34);
        assert!(id.as_str().starts_with("TG") && !id.as_str().contains("5550003"), "{id}");
        let others = [
            BotId(5_550_001).message_id(5_550_003, 7),
            bot.message_id(5_550_004, 7),
            bot.message_id(5_550_003, 8),
            bot.tap_id(5_550_003, 7, "hark-ok", None),
        ];
        assert!(others.into_iter().all(|other| other.unwrap() != id));
    }
}
