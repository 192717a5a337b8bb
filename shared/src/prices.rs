//! What the models cost, as whoever pays for them says. Hark brings no prices of its own: they change.

use crate::{config::Settings, domain::usage::Usage};

const AUDIO_MINUTE: &str = "OPENAI_PRICE_AUDIO_MINUTE";
const INPUT_MTOK: &str = "OPENAI_PRICE_INPUT_MTOK";
const OUTPUT_MTOK: &str = "OPENAI_PRICE_OUTPUT_MTOK";

/// In US dollars, each zero or more and finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    /// A minute of sound, transcribed.
    pub audio_minute: f64,
    /// A million tokens, read by the model that analyses.
    pub input_mtok: f64,
    /// A million tokens, written by it.
    pub output_mtok: f64,
}

impl Prices {
    /// Reads `OPENAI_PRICE_AUDIO_MINUTE`, `OPENAI_PRICE_INPUT_MTOK` and `OPENAI_PRICE_OUTPUT_MTOK`. `None` when none
    /// of them is set; when only some are, those that are missing are a fault, since a sum without them would be
    /// taken for the whole.
    pub fn read(settings: &mut Settings<'_>) -> Option<Self> {
        let names = [AUDIO_MINUTE, INPUT_MTOK, OUTPUT_MTOK];
        if names.iter().all(|name| settings.optional(name).is_none()) {
            return None;
        }
        let [audio_minute, input_mtok, output_mtok] = names.map(|name| price(settings, name));
        Some(Self { audio_minute, input_mtok, output_mtok })
    }

    /// What this cost, in millionths of a US dollar.
    #[must_use]
    pub fn micro_usd(&self, usage: Usage) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "beyond 2^53 an estimate need not be exact")]
        let [seconds, input, output] =
            [usage.audio_seconds, usage.input_tokens, usage.output_tokens].map(|count| count as f64);
        // A price of so many dollars for a million is one of so many millionths for one.
        seconds * self.audio_minute * 1e6 / 60.0 + input * self.input_mtok + output * self.output_mtok
    }
}

fn price(settings: &mut Settings<'_>, name: &str) -> f64 {
    let Ok(price) = settings.required(name).trim().parse::<f64>() else {
        if settings.optional(name).is_some() {
            settings.fault(format!("{name} is not a number"));
        }
        return 0.0;
    };
    if !price.is_finite() || price < 0.0 {
        settings.fault(format!("{name} is not a price"));
        return 0.0;
    }
    price
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Prices>, String> {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut settings = Settings::new(move |name| {
            pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
        });
        let prices = Prices::read(&mut settings);
        settings.finish().map(|()| prices).map_err(|faults| faults.to_string())
    }

    #[test]
    fn o6_a_cost_is_what_the_prices_say() {
        let prices =
            read(&[(AUDIO_MINUTE, "0.003"), (INPUT_MTOK, " 0.25 "), (OUTPUT_MTOK, "2")]).unwrap().unwrap();
        let usage = Usage { audio_seconds: 90, input_tokens: 1_000, output_tokens: 200 };
        let cost = prices.micro_usd(usage);
        assert!((cost - (4_500.0 + 250.0 + 400.0)).abs() < 1e-6, "{cost}");
        assert!(prices.micro_usd(Usage::default()).abs() < 1e-9);
    }

    #[test]
    fn without_prices_there_is_no_cost_and_half_of_them_is_a_fault() {
        assert_eq!(read(&[]), Ok(None));
        let fault = read(&[(INPUT_MTOK, "0.25")]).unwrap_err();
        assert_eq!(fault, format!("settings: {AUDIO_MINUTE} is not set; {OUTPUT_MTOK} is not set"));
        for (bad, told) in
            [("CANARY", "is not a number"), ("-1", "is not a price"), ("inf", "is not a price")]
        {
            let fault = read(&[(AUDIO_MINUTE, bad), (INPUT_MTOK, "1"), (OUTPUT_MTOK, "1")]).unwrap_err();
            assert_eq!(fault, format!("settings: {AUDIO_MINUTE} {told}"));
        }
    }
}
