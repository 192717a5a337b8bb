//! Ogg/Opus to samples: what comes before the pre-skip and behind the end position is not played (RFC 7845,
//! sections 4.2 and 4.4).

use bytes::Bytes;
use shared::domain::media::MediaKind;

use super::{
    Decoded, Meter, OpusFault, Sink,
    opus::{OpusDecoder, RATE, STEP},
};
use crate::audio::{AudioFault, ogg_stream::OpusReader};

/// Packets in a row that do not decode before a file is given up.
const MAX_BAD_IN_A_ROW: u32 = 256;

pub(super) fn decode(bytes: &Bytes, sink: &mut dyn Sink) -> Result<Decoded, OpusFault> {
    let mut reader = OpusReader::open(bytes).map_err(OpusFault::Ogg)?;
    let undecodable = OpusFault::Audio(AudioFault::Undecodable(MediaKind::Ogg));
    let Some(mut decoder) = OpusDecoder::new(reader.head().output_gain) else { return Err(undecodable) };
    let mut meter = Meter::new(sink);
    let mut skip = usize::from(reader.head().pre_skip.div_ceil(3));
    // Sound is passed on page by page: only the end of a page tells how much of it is played.
    let mut page = Vec::new();
    let mut clock = EndClock::default();
    let (mut decoded_any, mut bad, mut bad_in_a_row) = (false, false, 0);
    while let Some(packet) = reader.next_packet() {
        clock.add(packet.samples);
        match decoder.decode(&packet.data) {
            Some(samples) => {
                let skipped = skip.min(samples.len());
                skip -= skipped;
                page.extend_from_slice(samples.get(skipped..).unwrap_or_default());
                (decoded_any, bad_in_a_row) = (true, 0);
            }
            None => {
                (bad, bad_in_a_row) = (true, bad_in_a_row + 1);
                if bad_in_a_row > MAX_BAD_IN_A_ROW {
                    break;
                }
            }
        }
        if let Some(end) = packet.page_end {
            let unplayed = clock.end_of_page(end, packet.last);
            page.truncate(page.len().saturating_sub(unplayed));
            meter.pass(&page, RATE).map_err(OpusFault::Audio)?;
            page.clear();
        }
    }
    meter.pass(&page, RATE).map_err(OpusFault::Audio)?;
    if !decoded_any {
        let cut = reader.is_incomplete() && !bad;
        return Err(if cut { OpusFault::Audio(AudioFault::Truncated) } else { undecodable });
    }
    Ok(Decoded { duration_s: meter.seconds, incomplete: bad || reader.is_incomplete() })
}

/// Counts samples at 48 kHz against the positions that the pages tell.
#[derive(Default)]
struct EndClock {
    position: u64,
    in_page: u64,
    /// Where the first page says that the stream begins; a recording of a running stream does not begin at 0.
    start: Option<u64>,
}

impl EndClock {
    fn add(&mut self, samples: u32) {
        self.position += u64::from(samples);
        self.in_page += u64::from(samples);
    }

    /// How many samples at our rate of this page lie behind the end of the stream.
    fn end_of_page(&mut self, end: u64, last: bool) -> usize {
        // A stream of one page that ends early cannot tell its beginning: it begins at 0.
        let start =
            *self.start.get_or_insert_with(|| if last { 0 } else { end.saturating_sub(self.position) });
        let behind = (start + self.position).saturating_sub(end);
        // An end before the page began is not an end but a mistake of the writer.
        let unplayed = if last && behind < self.in_page { behind / u64::from(STEP) } else { 0 };
        self.in_page = 0;
        usize::try_from(unplayed).unwrap_or(0)
    }
}
