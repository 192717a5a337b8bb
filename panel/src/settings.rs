//! What owners set up for their company.

mod prompts;

pub(crate) use self::prompts::{save as save_prompt, show as prompts, trial as try_prompt};
