//! Opus packets to samples, with `ropus`, a pure Rust port of the reference decoder.

use ropus::{Channels, DecodeMode, Decoder};

/// The rate that packets are decoded at. Voice notes are wide band (8 kHz) at most, so nothing is lost and a
/// third of the work of 48 kHz is done.
pub(super) const RATE: u32 = 16_000;

/// Samples at 48 kHz, in which Opus counts (RFC 7845, section 4), for one of ours.
pub(super) const STEP: u32 = 3;

/// The longest packet, 120 ms.
const MAX_PACKET: usize = 1_920;

/// Decodes one stream's packets in their order.
pub(super) struct OpusDecoder {
    decoder: Decoder,
    block: [i16; MAX_PACKET],
}

impl OpusDecoder {
    /// A decoder to mono; the gain in 1/256 dB is the stream's own (RFC 7845, section 5.1). `None` would be a
    /// fault of the library: rate and channels are ones it knows.
    pub(super) fn new(output_gain: i16) -> Option<Self> {
        let mut decoder = Decoder::new(RATE, Channels::Mono).ok()?;
        decoder.set_gain(i32::from(output_gain)).ok()?;
        Some(Self { decoder, block: [0; MAX_PACKET] })
    }

    /// The samples of a packet; `None` when it cannot be decoded.
    pub(super) fn decode(&mut self, packet: &[u8]) -> Option<&[i16]> {
        if packet.is_empty() {
            // The library would invent sound for a lost packet.
            return None;
        }
        let samples = self.decoder.decode(packet, &mut self.block, DecodeMode::Normal).ok()?;
        self.block.get(..samples)
    }
}
