//! What a file must be to be found, whatever it says.

use crate::{Family, Kind};
use time::Date;

/// What a file must be: one condition of every list in `all`, and none of those in `none`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Lists of alternatives. Each list must hold by at least one of its conditions.
    pub all: Vec<Vec<Condition>>,
    /// What must not hold.
    pub none: Vec<Condition>,
}

/// One thing that can be true of a file. Texts are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It is of this kind.
    Kind(Kind),
    /// It is of this family.
    Family(Family),
    /// Its name ends in a dot and this, which begins without one ("pdf", "tar.gz").
    Extension(String),
    /// The path of its folder holds this. Components are parted by slashes, and a slash at either end of the
    /// condition stands for the beginning or end of a component.
    Folder(String),
    /// Its name holds this.
    Name(String),
    /// Its local date lies in this span.
    Date(Span<Date>),
    /// Its size in bytes lies in this span.
    Size(Span<u64>),
    /// The name of the camera that took it holds this.
    Camera(String),
    /// The name of the place where it was taken holds this.
    Place(String),
    /// It is in this language, a two-letter code of ISO 639-1.
    Language(String),
}

/// What lies from one value up to, but without, another. A missing side is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span<T> {
    /// The first value that belongs to it.
    pub from: Option<T>,
    /// The first value that does not any more.
    pub until: Option<T>,
}

/// The facts of a file that a filter asks for.
#[derive(Debug, Clone, Copy)]
pub struct FilterSubject<'f> {
    /// What it is.
    pub kind: Kind,
    /// Its name with the extension.
    pub name: &'f str,
    /// The path of the folder it lies in, with slashes or backslashes.
    pub folder: &'f str,
    /// Bytes.
    pub size: u64,
    /// The local day it was taken, written or changed.
    pub date: Option<Date>,
    /// The camera that took it.
    pub camera: Option<&'f str>,
    /// The name of the place where it was taken.
    pub place: Option<&'f str>,
    /// The two-letter code of the language it is in.
    pub language: Option<&'f str>,
}

impl Filter {
    /// Whether it allows every file.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.none.is_empty()
    }

    /// Whether a file may be found. What is not known of a file (a date, a camera) fits no condition: it is left
    /// out where one is asked for, and stays where one is excluded.
    pub fn allows(&self, file: &FilterSubject) -> bool {
        self.all.iter().all(|any_of| any_of.iter().any(|condition| condition.holds(file)))
            && !self.none.iter().any(|condition| condition.holds(file))
    }
}

impl Condition {
    /// Whether it is true of a file.
    pub fn holds(&self, file: &FilterSubject) -> bool {
        match self {
            Condition::Kind(kind) => file.kind == *kind,
            Condition::Family(family) => file.kind.family() == Some(*family),
            Condition::Extension(extension) => has_extension(file.name, extension),
            Condition::Folder(part) => {
                let folder = file.folder.replace('\\', "/");
                holds_part(&format!("/{}/", folder.trim_matches('/')), part)
            }
            Condition::Name(part) => holds_part(file.name, part),
            Condition::Date(days) => file.date.is_some_and(|date| days.holds(date)),
            Condition::Size(bytes) => bytes.holds(file.size),
            Condition::Camera(part) => file.camera.is_some_and(|camera| holds_part(camera, part)),
            Condition::Place(part) => file.place.is_some_and(|place| holds_part(place, part)),
            Condition::Language(code) => file.language.is_some_and(|known| known.eq_ignore_ascii_case(code)),
        }
    }
}

impl<T: Copy + PartialOrd> Span<T> {
    /// Everything.
    pub const ALL: Self = Span { from: None, until: None };

    /// Whether a value lies in it.
    pub fn holds(&self, value: T) -> bool {
        self.from.is_none_or(|from| from <= value) && self.until.is_none_or(|until| value < until)
    }
}

fn holds_part(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(part)
}

/// A name that only consists of a dot and what follows has no extension.
fn has_extension(name: &str, extension: &str) -> bool {
    let name = name.to_lowercase();
    let stem = name.strip_suffix(extension).and_then(|stem| stem.strip_suffix('.'));
    stem.is_some_and(|stem| !stem.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const PHOTO: FilterSubject = FilterSubject {
        kind: Kind::Jpeg,
        name: "IMG_1.Tar.JPG",
        folder: r"C:\Users\Ada\Été 2019",
        size: 5_000,
        date: Some(date!(2019 - 06 - 03)),
        camera: Some("Canon EOS R5"),
        place: Some("Zürich, Switzerland"),
        language: None,
    };
    const LETTER: FilterSubject = FilterSubject {
        kind: Kind::Pdf,
        name: ".pdf",
        folder: "/home/ada",
        size: 0,
        date: None,
        camera: None,
        place: None,
        language: Some("de"),
    };

    #[test]
    fn conditions() {
        let text = str::to_owned;
        let days = |from, until| Condition::Date(Span { from, until });
        let bytes = |from, until| Condition::Size(Span { from, until });
        let third = Some(date!(2019 - 06 - 03));
        let cases = [
            (Condition::Kind(Kind::Jpeg), true, false),
            (Condition::Family(Family::Document), false, true),
            (Condition::Extension(text("jpg")), true, false),
            (Condition::Extension(text("tar.jpg")), true, false),
            (Condition::Extension(text("pg")), false, false),
            (Condition::Extension(text("pdf")), false, false),
            (Condition::Folder(text("ada")), true, true),
            (Condition::Folder(text("ada/été")), true, false),
            (Condition::Folder(text("/2019")), false, false),
            (Condition::Folder(text("2019/")), true, false),
            (Condition::Folder(text("/home/ada/")), false, true),
            (Condition::Name(text("img")), true, false),
            (days(None, None), true, false),
            (days(third, None), true, false),
            (days(None, third), false, false),
            (bytes(Some(5_000), Some(5_001)), true, false),
            (bytes(None, Some(5_000)), false, true),
            (Condition::Camera(text("eos")), true, false),
            (Condition::Place(text("zürich")), true, false),
            (Condition::Language(text("de")), false, true),
        ];
        for (condition, photo, letter) in cases {
            assert_eq!((condition.holds(&PHOTO), condition.holds(&LETTER)), (photo, letter), "{condition:?}");
            // What is not known of a file is never reason to leave it out.
            let without = Filter { all: vec![], none: vec![condition.clone()] };
            assert_eq!((without.allows(&PHOTO), without.allows(&LETTER)), (!photo, !letter), "{condition:?}");
        }
    }

    #[test]
    fn lists_hold_together_and_each_by_one() {
        let [jpeg, pdf] = [Kind::Jpeg, Kind::Pdf].map(Condition::Kind);
        let of_ada = Condition::Folder("ada".to_owned());
        let either = Filter { all: vec![vec![jpeg.clone(), pdf.clone()], vec![of_ada]], none: vec![] };
        assert!(either.allows(&PHOTO) && either.allows(&LETTER));
        let both = Filter { all: vec![vec![jpeg], vec![pdf]], none: vec![] };
        assert!(!both.allows(&PHOTO) && !both.is_empty());
        assert!(Filter::default().allows(&LETTER) && Filter::default().is_empty());
    }
}
