//! Subtitles (SubRip and WebVTT): what is said, without numbers and times.

use cairn_core::{Kind, Problem};

use crate::extract::Document;
use crate::text;

pub(crate) fn read(bytes: &[u8]) -> Result<Document, Problem> {
    let mut document = text::read(bytes, Kind::Subtitles)?;
    let mut spoken = String::with_capacity(document.text.len() / 2);
    let mut lines = document.text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let is_number = line.bytes().all(|byte| byte.is_ascii_digit());
        // A number counts a subtitle if a time follows it.
        let counts = is_number && lines.peek().is_some_and(|next| is_time(next));
        if line.is_empty() || counts || is_time(line) || line == "WEBVTT" {
            continue;
        }
        let line = without_tags(line);
        if !line.is_empty() && !spoken.ends_with(&format!("{line}\n")) {
            spoken.push_str(&line);
            spoken.push('\n');
        }
    }
    document.title = None;
    document.text = spoken;
    Ok(document)
}

/// `00:01:02,345 --> 00:01:04,000`, with or without hours and settings behind it.
fn is_time(line: &str) -> bool {
    line.split_once("-->").is_some_and(|(from, to)| {
        let clock = |text: &str| {
            let text = text.split_whitespace().next().unwrap_or_default();
            text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || b":.,".contains(&byte))
        };
        clock(from) && clock(to)
    })
}

fn without_tags(line: &str) -> String {
    let mut words = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, tag)) = rest.split_once('<') {
        words.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    words.push_str(rest);
    words.trim().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_what_is_said_stays() {
        let subtitles = "\u{FEFF}1\r\n00:00:01,000 --> 00:00:04,000\r\n<i>The storm</i>\r\nis coming.\r\n\r\n2\r\n\
            00:00:05,000 --> 00:00:06,000 align:start\r\n1984\r\n";
        assert_eq!(read(subtitles.as_bytes()).unwrap().text, "The storm\nis coming.\n1984\n");
        let web = "WEBVTT\n\n01:02.000 --> 01:03.000\n<v Ann>Hello <b>there</b>\n";
        assert_eq!(read(web.as_bytes()).unwrap().text, "Hello there\n");
    }
}
