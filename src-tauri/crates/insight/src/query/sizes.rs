//! Sizes of files: ">5mb", "<100 KiB", "1,5 Mo..3 Mo", "10mb".

use cairn_core::Span;

/// The sizes in bytes that a value stands for. A size by itself is meant roughly: a tenth less or more. As file managers
/// show sizes, a kB has 1,000 bytes; a KiB has 1,024. A number without a unit counts bytes.
pub(super) fn read(value: &str) -> Option<Span<u64>> {
    let value: String = value.to_lowercase().split_whitespace().collect();
    if let Some((from, to)) = value.split_once("..") {
        let side = |text: &str| if text.is_empty() { Some(None) } else { bytes(text).map(Some) };
        let (from, to) = (side(from)?, side(to)?);
        let (from, to) = if to.is_some() && to < from { (to, from) } else { (from, to) };
        let span = Span { from, until: to.map(|to| to.saturating_add(1)) };
        return (span != Span::ALL).then_some(span);
    }
    let after = |marks: [&str; 2]| marks.iter().find_map(|mark| value.strip_prefix(mark)).map(bytes);
    if let Some(least) = after([">=", "≥"]) {
        return Some(Span { from: Some(least?), until: None });
    }
    if let Some(most) = after(["<=", "≤"]) {
        return Some(Span { from: None, until: Some(most?.saturating_add(1)) });
    }
    if let Some(less) = after([">", "＞"]) {
        return Some(Span { from: Some(less?.saturating_add(1)), until: None });
    }
    if let Some(more) = after(["<", "＜"]) {
        return Some(Span { from: None, until: Some(more?) });
    }
    let about = bytes(&value)?;
    let tenth = about / 10;
    Some(Span { from: Some(about - tenth), until: Some(about.saturating_add(tenth).saturating_add(1)) })
}

/// A number with a decimal point or comma, and a unit.
fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    let unit = UNITS.iter().find(|(_, names)| names.contains(&unit))?.0;
    let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let digits = |text: &str| text.len() <= LONGEST_NUMBER && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) {
        return None;
    }
    let scale = 10u128.pow(u32::try_from(part.len()).ok()?);
    let number: u128 = format!("{whole}{part}").parse().ok()?;
    u64::try_from(number * u128::from(unit) / scale).ok()
}

/// Digits before or behind the decimal point; two of them and the largest unit stay within 128 bits.
const LONGEST_NUMBER: usize = 12;

const UNITS: &[(u64, &[&str])] = &[
    (1, &["", "b", "byte", "bytes", "o", "octet", "octets", "字节"]),
    (1_000, &["k", "kb", "ko"]),
    (1_000_000, &["m", "mb", "mo"]),
    (1_000_000_000, &["g", "gb", "go"]),
    (1_000_000_000_000, &["t", "tb", "to"]),
    (1 << 10, &["ki", "kib", "kio"]),
    (1 << 20, &["mi", "mib", "mio"]),
    (1 << 30, &["gi", "gib", "gio"]),
    (1 << 40, &["ti", "tib", "tio"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let cases = [
            (">5mb", Some((Some(5_000_001), None))),
            ("≥ 5 MB", Some((Some(5_000_000), None))),
            ("<100KiB", Some((None, Some(102_400)))),
            ("<=1ko", Some((None, Some(1_001)))),
            ("1mb..5mb", Some((Some(1_000_000), Some(5_000_001)))),
            ("5mb..1mb", Some((Some(1_000_000), Some(5_000_001)))),
            ("1,5 Mo..", Some((Some(1_500_000), None))),
            ("..0.5g", Some((None, Some(500_000_001)))),
            ("10mb", Some((Some(9_000_000), Some(11_000_001)))),
            ("0", Some((Some(0), Some(1)))),
            ("5", Some((Some(5), Some(6)))),
            ("999999999999t", None),
            ("1,000,000", None),
            ("big", None),
            ("..", None),
            (">", None),
            (">-5mb", None),
            ("5 zb", None),
            (".5mb", None),
            ("", None),
        ];
        for (value, expected) in cases {
            assert_eq!(read(value), expected.map(|(from, until)| Span { from, until }), "{value:?}");
        }
    }
}
