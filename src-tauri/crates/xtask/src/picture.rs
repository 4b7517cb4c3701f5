//! A display in memory and pictures of it.
//!
//! Xvfb keeps its screen in a file (`-fbdir`), in the X window dump format (`XWDFile.h`, version 7). That is turned into
//! a PNG here, so that no further program has to be installed for a screenshot.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::shell::Process;

/// A display in memory. Dropping it ends it.
pub struct VirtualDisplay {
    /// Its name, for `$DISPLAY`.
    pub name: String,
    framebuffer: PathBuf,
    _server: Process,
}

/// What a display shows.
#[derive(Debug, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    /// Red, green, blue; row by row.
    rgb: Vec<u8>,
}

impl VirtualDisplay {
    /// Starts a display that keeps its screen in `folder`.
    pub fn start(folder: &Path, width: usize, height: usize) -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                &format!("{width}x{height}x24"),
                "-fbdir",
            ])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb did not start")?;
        let output = server.stdout.take();
        let server = Process(server);
        let mut number = String::new();
        BufReader::new(output.context("Xvfb without output")?).read_line(&mut number)?;
        ensure!(!number.trim().is_empty(), "Xvfb ended before it had a display");
        Ok(Self {
            name: format!(":{}", number.trim()),
            framebuffer: folder.join("Xvfb_screen0"),
            _server: server,
        })
    }

    /// What it shows now.
    pub fn picture(&self) -> Result<Picture> {
        let dump =
            std::fs::read(&self.framebuffer).with_context(|| self.framebuffer.display().to_string())?;
        Picture::from_dump(&dump).context("the display's screen is in an unknown format")
    }
}

impl Picture {
    /// Reads a dump of 32-bit pixels; `None` when it is anything else.
    fn from_dump(dump: &[u8]) -> Option<Self> {
        let word = |index: usize| {
            let bytes = dump.get(4 * index..4 * index + 4)?;
            Some(u32::from_be_bytes(bytes.try_into().ok()?) as usize)
        };
        let (header, version, bits) = (word(0)?, word(1)?, word(11)?);
        let (width, height) = (word(4)?, word(5)?);
        let (little_endian, row_bytes, colours) = (word(7)? == 0, word(12)?, word(19)?);
        if version != 7 || bits != 32 || width == 0 || height == 0 || row_bytes < 4 * width {
            return None;
        }
        let pixels = dump.get(header + 12 * colours..)?;
        let mut rgb = Vec::with_capacity(3 * width * height);
        for row in pixels.chunks(row_bytes).take(height) {
            for pixel in row.get(..4 * width)?.chunks_exact(4) {
                let [a, b, c, d] = pixel.try_into().ok()?;
                rgb.extend(if little_endian { [c, b, a] } else { [b, c, d] });
            }
        }
        (rgb.len() == 3 * width * height).then_some(Self { width, height, rgb })
    }

    /// Whether there is text or an image, not merely an empty window on an empty screen.
    pub fn shows_something(&self) -> bool {
        let mut colours = HashSet::new();
        self.rgb.chunks_exact(3).any(|pixel| colours.insert(pixel) && colours.len() > 24)
    }

    /// The picture as PNG (<https://www.w3.org/TR/png-3/>). Its data is stored, not compressed: a screenful is small.
    pub fn png(&self) -> Vec<u8> {
        let mut rows = Vec::with_capacity(self.rgb.len() + self.height);
        for row in self.rgb.chunks_exact(3 * self.width) {
            rows.push(0); // no filter
            rows.extend_from_slice(row);
        }
        let mut header = Vec::new();
        header.extend((self.width as u32).to_be_bytes());
        header.extend((self.height as u32).to_be_bytes());
        header.extend([8, 2, 0, 0, 0]); // eight bits, red-green-blue

        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut png, b"IHDR", &header);
        chunk(&mut png, b"IDAT", &zlib_stored(&rows));
        chunk(&mut png, b"IEND", &[]);
        png
    }
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend(kind);
    png.extend(data);
    let checksum = crc32(&png[start..]);
    png.extend(checksum.to_be_bytes());
}

/// A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for &byte in data {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A dump of 2 x 1 little-endian pixels, a red and a blue one, with one byte of padding a row.
    fn dump() -> Vec<u8> {
        let mut words = [0u32; 25];
        words[0] = 100;
        words[1] = 7;
        (words[4], words[5]) = (2, 1);
        words[11] = 32;
        words[12] = 9;
        let mut dump: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        dump.extend([0, 0, 255, 0, 255, 0, 0, 0, 77]);
        dump
    }

    #[test]
    fn a_dump_of_the_screen_is_read() {
        let picture = Picture::from_dump(&dump()).unwrap();
        assert_eq!(picture, Picture { width: 2, height: 1, rgb: vec![255, 0, 0, 0, 0, 255] });
        assert!(!picture.shows_something());
        assert_eq!(Picture::from_dump(&dump()[..104]), None);
        assert_eq!(Picture::from_dump(b"no dump"), None);
    }

    #[test]
    fn checksums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }

    #[test]
    fn a_png_has_its_parts() {
        let png = Picture { width: 2, height: 1, rgb: vec![255, 0, 0, 0, 0, 255] }.png();
        let stored = [0x78, 1, 1, 7, 0, 0xF8, 0xFF, 0, 255, 0, 0, 0, 0, 255];
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x01\x08\x02\0\0\0"));
        assert!(png.windows(stored.len()).any(|window| window == stored));
        assert!(png.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
    }
}
