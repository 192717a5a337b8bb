//! What several components do alike.

pub mod authorise;
pub mod by_channel;
pub mod company_prompt;
pub mod consented;
pub mod deliver_webhooks;
pub mod follow;
pub mod office;
pub mod ping_webhook;
pub mod replay;
pub mod search;
pub mod sign_in;
pub mod spoken_first;
pub mod stored_keys;
pub mod sweep;
pub mod take_in;
pub mod tend_customers;
pub mod tended_files;
pub mod unread;
