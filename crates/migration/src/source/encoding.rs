//! How an export writes its letters: found out by reading all of it, and undone while reading.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder};

/// How much is read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// How many lines that aren't UTF-8 the guess among the others is made by: more wouldn't change it.
const GUESSED_BY_LINES: u64 = 2_000;

/// Whose words an ambiguous file is thought to be in.
const HOME: &[u8] = b"se";

/// A way to write letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Default for Encoding {
    fn default() -> Self {
        Self::UTF_8
    }
}

impl Encoding {
    /// What all but old exports are in.
    pub const UTF_8: Self = Self(encoding_rs::UTF_8);
    /// What old exports of western Europe are in; ISO-8859-1 is read as it.
    pub const WINDOWS_1252: Self = Self(encoding_rs::WINDOWS_1252);

    /// The encoding of a name such as `utf-8` or `windows-1252`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let found = encoding_rs::Encoding::for_label(name.trim().as_bytes())?;
        (found != encoding_rs::REPLACEMENT).then_some(Self(found))
    }

    /// Its name in small letters.
    #[must_use]
    pub fn name(self) -> String {
        self.0.name().to_ascii_lowercase()
    }

    /// Whether text of it needs no decoding.
    #[must_use]
    pub fn is_utf8(self) -> bool {
        self == Self::UTF_8
    }

    /// Text as this encoding's bytes; letters that it hasn't got become `?`. UTF-16 is written as UTF-8, which is what
    /// programs that read the one read too.
    pub(super) fn bytes_of(self, text: &str) -> Vec<u8> {
        let encoding = self.0.output_encoding();
        let mut plain = String::new();
        for char in text.chars() {
            let mut letter = [0; 4];
            let (_, _, missing) = encoding.encode(char.encode_utf8(&mut letter));
            plain.push(if missing { '?' } else { char });
        }
        encoding.encode(&plain).0.into_owned()
    }
}

/// What is known of a file of text once all of it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// How its letters are written.
    pub encoding: Encoding,
    /// Lines that aren't of this encoding.
    pub foreign_lines: u64,
}

/// Finds out how a file's letters are written, by its mark or else by all of its lines: a file of which most lines that
/// could tell are UTF-8 is UTF-8, and the others are faults of their own; else it is of the family of Windows-1252.
///
/// # Errors
///
/// If it can't be read.
pub fn look(path: &Path) -> io::Result<Seen> {
    let mut file = BufReader::with_capacity(CHUNK_BYTES, File::open(path)?);
    let start = file.fill_buf()?;
    if let Some((found, _)) = encoding_rs::Encoding::for_bom(start)
        && found != encoding_rs::UTF_8
    {
        return Ok(Seen { encoding: Encoding(found), foreign_lines: 0 });
    }
    let mut line = Vec::new();
    let (mut valid, mut foreign) = (0_u64, 0_u64);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    loop {
        line.clear();
        // A line without an end is looked at in pieces; a letter that is cut in two counts as one foreign line.
        if file.by_ref().take(super::RECORD_BYTES_MAX as u64).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.is_ascii() {
            continue;
        }
        if std::str::from_utf8(&line).is_ok() {
            valid += 1;
        } else {
            foreign += 1;
            if foreign <= GUESSED_BY_LINES {
                detector.feed(&line, false);
            }
        }
    }
    if foreign <= valid {
        return Ok(Seen { encoding: Encoding::UTF_8, foreign_lines: foreign });
    }
    detector.feed(b"", true);
    let guess = detector.guess(Some(HOME), Utf8Detection::Deny);
    let family = [encoding_rs::WINDOWS_1252, encoding_rs::WINDOWS_1250, encoding_rs::WINDOWS_1257];
    let encoding = if family.contains(&guess) { Encoding(guess) } else { Encoding::WINDOWS_1252 };
    Ok(Seen { encoding, foreign_lines: 0 })
}

/// A file's text as UTF-8 with line feeds, without its mark. Of a file that is said to be UTF-8 the bytes are as they
/// are, so that whoever reads them can tell which line is at fault.
pub(super) fn open(path: &Path, encoding: Encoding) -> io::Result<Box<dyn BufRead + Send>> {
    let mut file = BufReader::with_capacity(CHUNK_BYTES, File::open(path)?);
    let start = file.fill_buf()?;
    let only_returns = start.contains(&b'\r') && !start.contains(&b'\n');
    let mark = encoding_rs::Encoding::for_bom(start);
    if encoding.is_utf8() && mark.is_none_or(|(found, _)| found == encoding_rs::UTF_8) {
        file.consume(mark.map_or(0, |(_, bytes)| bytes));
        return Ok(if only_returns { Box::new(BufReader::new(Fed(file))) } else { Box::new(file) });
    }
    // A mark is the truth, whatever the mapping says.
    let encoding = mark.map_or(encoding.0, |(found, _)| found);
    file.consume(mark.map_or(0, |(_, bytes)| bytes));
    let decoded = Decoded { file, decoder: encoding.new_decoder_without_bom_handling(), ended: false };
    Ok(if only_returns {
        Box::new(BufReader::with_capacity(CHUNK_BYTES, Fed(decoded)))
    } else {
        Box::new(BufReader::with_capacity(CHUNK_BYTES, decoded))
    })
}

/// Bytes of another encoding as UTF-8.
struct Decoded {
    file: BufReader<File>,
    decoder: Decoder,
    ended: bool,
}

impl Read for Decoded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // The decoder wants room for a whole letter; whoever reads has a buffer of CHUNK_BYTES.
        while !self.ended {
            let bytes = self.file.fill_buf()?;
            let last = bytes.is_empty();
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, into, last);
            self.file.consume(read);
            self.ended = last && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
            if result == CoderResult::OutputFull {
                return Err(io::Error::other("the buffer is too small for a letter"));
            }
        }
        Ok(0)
    }
}

/// Line feeds in place of carriage returns.
struct Fed<R>(R);

impl<R: Read> Read for Fed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        for byte in &mut into[..read] {
            if *byte == b'\r' {
                *byte = b'\n';
            }
        }
        Ok(read)
    }
}
