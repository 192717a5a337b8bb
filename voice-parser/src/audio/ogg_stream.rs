//! Reads the Opus stream of an Ogg file (RFC 7845) packet by packet. A file that is cut off is read up to the
//! cut; damaged pages are left out; the first Opus stream of the file is the one that counts.

use std::io::{Cursor, SeekFrom};

use bytes::Bytes;
use ogg::{OggReadError, Packet, PacketReader};

/// Damaged places that are forgiven before the rest of a file is given up.
const MAX_DAMAGE: u32 = 64;

/// Why a file is no Ogg/Opus recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OggFault {
    /// It does not begin with an Ogg stream of Opus.
    #[error("there is no Opus stream")]
    NotOpus,
    /// Its identification header is not one (RFC 7845, section 5.1).
    #[error("the Opus header is malformed")]
    BadHeader,
    /// It ends within its headers.
    #[error("the file ends within its headers")]
    Truncated,
}

/// The identification header (RFC 7845, section 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpusHead {
    /// Channels of the output, 1 or 2 in what this reader accepts.
    pub channels: u8,
    /// Samples at 48 kHz that are decoded but not played.
    pub pre_skip: u16,
    /// Gain of the output in 1/256 dB.
    pub output_gain: i16,
    raw: Vec<u8>,
}

impl OpusHead {
    /// Reads the header packet.
    ///
    /// # Errors
    /// [`OggFault::BadHeader`]; also for surround sound, which no voice note has.
    pub fn parse(packet: &[u8]) -> Result<Self, OggFault> {
        let fields = packet.strip_prefix(b"OpusHead").and_then(|fields| fields.first_chunk::<11>());
        let Some(&[version, channels, skip_low, skip_high, _, _, _, _, gain_low, gain_high, family]) = fields
        else {
            return Err(OggFault::BadHeader);
        };
        // The upper half of the version is the incompatible part; families above 0 are for surround sound.
        if version > 15 || family != 0 || !matches!(channels, 1 | 2) {
            return Err(OggFault::BadHeader);
        }
        Ok(Self {
            channels,
            pre_skip: u16::from_le_bytes([skip_low, skip_high]),
            output_gain: i16::from_le_bytes([gain_low, gain_high]),
            raw: packet.to_vec(),
        })
    }

    /// The header packet with another pre-skip.
    #[must_use]
    pub fn with_pre_skip(&self, pre_skip: u16) -> Vec<u8> {
        let mut raw = self.raw.clone();
        if let Some(field) = raw.get_mut(10..12) {
            field.copy_from_slice(&pre_skip.to_le_bytes());
        }
        raw
    }
}

/// One Opus packet with what its page says about it.
#[derive(Debug, Clone)]
pub struct OpusPacket {
    /// The packet.
    pub data: Vec<u8>,
    /// Its length in samples at 48 kHz, by its own header.
    pub samples: u32,
    /// The position at the end of its page in samples at 48 kHz, when it is the last packet of the page.
    pub page_end: Option<u64>,
    /// It is the last packet of the stream.
    pub last: bool,
}

/// A reader of one file's packets.
pub struct OpusReader {
    packets: PacketReader<Cursor<Bytes>>,
    serial: u32,
    head: OpusHead,
    tags: Vec<u8>,
    damage: u32,
    truncated: bool,
}

impl OpusReader {
    /// Reads the headers. The bytes are shared, not copied.
    ///
    /// # Errors
    /// [`OggFault`].
    pub fn open(bytes: &Bytes) -> Result<Self, OggFault> {
        let mut packets = PacketReader::new(Cursor::new(bytes.clone()));
        let (serial, head) = loop {
            let packet = read_header(&mut packets)?;
            // All streams begin before the first of them goes on (RFC 3533, section 4).
            if !packet.first_in_stream() {
                return Err(OggFault::NotOpus);
            }
            if packet.data.starts_with(b"OpusHead") {
                break (packet.stream_serial(), OpusHead::parse(&packet.data)?);
            }
        };
        let tags = loop {
            let packet = read_header(&mut packets)?;
            if packet.stream_serial() == serial {
                break packet.data;
            }
        };
        if !tags.starts_with(b"OpusTags") {
            return Err(OggFault::BadHeader);
        }
        Ok(Self { packets, serial, head, tags, damage: 0, truncated: false })
    }

    /// The identification header.
    #[must_use]
    pub const fn head(&self) -> &OpusHead {
        &self.head
    }

    /// The comment packet as it came, `OpusTags` and all.
    #[must_use]
    pub fn tags(&self) -> &[u8] {
        &self.tags
    }

    /// The serial number of the stream.
    #[must_use]
    pub const fn serial(&self) -> u32 {
        self.serial
    }

    /// Whether the file ended in the middle of a page or a part of it was damaged; known when
    /// [`Self::next_packet`] has given `None`. A missing end mark alone says nothing: WhatsApp sets none.
    #[must_use]
    pub const fn is_incomplete(&self) -> bool {
        self.truncated || self.damage > 0
    }

    /// The next packet of sound; `None` at the end of what can be read. Packets that are none are left out.
    pub fn next_packet(&mut self) -> Option<OpusPacket> {
        loop {
            match self.packets.read_packet() {
                Ok(None) => return None,
                Ok(Some(packet)) if packet.stream_serial() == self.serial => {
                    if let Some(packet) = sound(packet) {
                        return Some(packet);
                    }
                }
                Ok(Some(_)) => {}
                Err(OggReadError::ReadError(_)) => {
                    self.truncated = true;
                    return None;
                }
                Err(_) => self.step_over_damage()?,
            }
        }
    }

    /// Goes on searching for a page behind the place of the damage.
    fn step_over_damage(&mut self) -> Option<()> {
        self.damage += 1;
        if self.damage > MAX_DAMAGE {
            return None;
        }
        self.packets.seek_bytes(SeekFrom::Current(0)).ok().map(|_| ())
    }
}

fn read_header(packets: &mut PacketReader<Cursor<Bytes>>) -> Result<Packet, OggFault> {
    match packets.read_packet() {
        Ok(Some(packet)) => Ok(packet),
        Ok(None) | Err(OggReadError::ReadError(_)) => Err(OggFault::Truncated),
        Err(_) => Err(OggFault::NotOpus),
    }
}

fn sound(packet: Packet) -> Option<OpusPacket> {
    let samples = samples(&packet.data)?;
    // All ones: no packet ends on the page (RFC 3533, section 6).
    let granule = Some(packet.absgp_page()).filter(|granule| *granule != u64::MAX);
    Some(OpusPacket {
        samples,
        page_end: granule.filter(|_| packet.last_in_page()),
        last: packet.last_in_stream(),
        data: packet.data,
    })
}

/// The length of a packet in samples at 48 kHz, by its table-of-contents byte (RFC 6716, section 3.1). `None`
/// for what cannot be a packet: empty, without frames, or longer than 120 ms.
pub(super) fn samples(packet: &[u8]) -> Option<u32> {
    let toc = *packet.first()?;
    let config = usize::from(toc >> 3);
    let frame = match config {
        0..12 => *[480, 960, 1_920, 2_880].get(config & 3)?,
        12..16 => *[480, 960].get(config & 1)?,
        _ => *[120, 240, 480, 960].get(config & 3)?,
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1)? & 0x3F),
    };
    let samples = frame * frames;
    (1..=5_760).contains(&samples).then_some(samples)
}
