//! Which languages texts are in.

use std::collections::HashMap;

/// Characters of a text below which a guess is worth little.
const LONG_ENOUGH: usize = 60;

/// The languages of some texts (two-letter codes of ISO 639-1) with the share of texts each has, 0 to 1, the commonest
/// first. Texts that are too short, or of which it is not clear, are left out, so shares may add up to less than 1.
pub fn languages<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<(&'static str, f32)> {
    let (mut counts, mut all) = (HashMap::<&str, usize>::new(), 0usize);
    for text in texts.into_iter().filter(|text| text.chars().count() >= LONG_ENOUGH) {
        all += 1;
        if let Some(code) = whatlang::detect(text).filter(whatlang::Info::is_reliable).and_then(code) {
            *counts.entry(code).or_default() += 1;
        }
    }
    let mut shares: Vec<(&str, f32)> =
        counts.into_iter().map(|(code, count)| (code, count as f32 / all as f32)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    shares
}

/// The English name of a language; the code itself where it is not one that can be told.
pub fn language_name(code: &str) -> &str {
    NAMES.iter().find(|(_, known, _)| *known == code).map_or(code, |(.., name)| name)
}

fn code(info: whatlang::Info) -> Option<&'static str> {
    let three = info.lang().code();
    NAMES.iter().find(|(known, ..)| *known == three).map(|(_, two, _)| *two)
}

/// ISO 639-3, ISO 639-1, name: what the detector tells apart.
const NAMES: &[(&str, &str, &str)] = &[
    ("afr", "af", "Afrikaans"),
    ("ara", "ar", "Arabic"),
    ("aze", "az", "Azerbaijani"),
    ("bel", "be", "Belarusian"),
    ("ben", "bn", "Bengali"),
    ("bul", "bg", "Bulgarian"),
    ("cat", "ca", "Catalan"),
    ("ces", "cs", "Czech"),
    ("cmn", "zh", "Chinese"),
    ("dan", "da", "Danish"),
    ("deu", "de", "German"),
    ("ell", "el", "Greek"),
    ("eng", "en", "English"),
    ("est", "et", "Estonian"),
    ("fin", "fi", "Finnish"),
    ("fra", "fr", "French"),
    ("guj", "gu", "Gujarati"),
    ("heb", "he", "Hebrew"),
    ("hin", "hi", "Hindi"),
    ("hrv", "hr", "Croatian"),
    ("hun", "hu", "Hungarian"),
    ("hye", "hy", "Armenian"),
    ("ind", "id", "Indonesian"),
    ("ita", "it", "Italian"),
    ("jpn", "ja", "Japanese"),
    ("kan", "kn", "Kannada"),
    ("kat", "ka", "Georgian"),
    ("khm", "km", "Khmer"),
    ("kor", "ko", "Korean"),
    ("lat", "la", "Latin"),
    ("lav", "lv", "Latvian"),
    ("lit", "lt", "Lithuanian"),
    ("mal", "ml", "Malayalam"),
    ("mar", "mr", "Marathi"),
    ("mkd", "mk", "Macedonian"),
    ("mya", "my", "Burmese"),
    ("nep", "ne", "Nepali"),
    ("nld", "nl", "Dutch"),
    ("nob", "no", "Norwegian"),
    ("ori", "or", "Oriya"),
    ("pan", "pa", "Punjabi"),
    ("pes", "fa", "Persian"),
    ("pol", "pl", "Polish"),
    ("por", "pt", "Portuguese"),
    ("ron", "ro", "Romanian"),
    ("rus", "ru", "Russian"),
    ("sin", "si", "Sinhala"),
    ("slk", "sk", "Slovak"),
    ("slv", "sl", "Slovenian"),
    ("spa", "es", "Spanish"),
    ("srp", "sr", "Serbian"),
    ("swe", "sv", "Swedish"),
    ("tam", "ta", "Tamil"),
    ("tel", "te", "Telugu"),
    ("tgl", "tl", "Tagalog"),
    ("tha", "th", "Thai"),
    ("tur", "tr", "Turkish"),
    ("ukr", "uk", "Ukrainian"),
    ("urd", "ur", "Urdu"),
    ("uzb", "uz", "Uzbek"),
    ("vie", "vi", "Vietnamese"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart_and_counted() {
        let english =
            "The invoice for the repair of the roof was paid in March, and the guarantee runs for ten years.";
        let german = "Die Rechnung für die Reparatur des Daches wurde im März bezahlt, und die Gewährleistung läuft zehn Jahre.";
        let found = languages([english, german, english, "0x3f", "42"]);
        assert_eq!(found.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["en", "de"]);
        assert!((found[0].1 - 2.0 / 3.0).abs() < 1e-6 && (found[1].1 - 1.0 / 3.0).abs() < 1e-6);
        assert!(languages([]).is_empty());
        assert_eq!((language_name("de"), language_name("xx")), ("German", "xx"));
    }
}
