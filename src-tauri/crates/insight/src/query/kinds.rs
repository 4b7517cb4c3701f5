//! What people call the kinds of files, in English, German, French, Spanish and Chinese.

use cairn_core::{Family, Kind};

use cairn_core::Condition;

use super::words::{listed, lookup, words};

/// The nouns for some kinds of files, folded, with ", " between them.
struct Nouns {
    means: &'static [Condition],
    /// Understood as the value of a field only, because they often mean something else.
    names: &'static str,
    /// One such file.
    one: &'static str,
    /// Several, or languages that do not tell.
    many: &'static str,
}

/// The kinds that the value of a field names.
pub(super) fn named(value: &str) -> Option<Vec<Condition>> {
    let name = words(value).join(" ");
    if let Some(kind) = Kind::from_name(&name).or_else(|| lookup(SYNONYMS, &name)) {
        return Some(vec![Condition::Kind(kind)]);
    }
    let by = |list| listed(list, &name);
    NOUNS
        .iter()
        .find(|nouns| by(nouns.names) || by(nouns.one) || by(nouns.many))
        .map(|nouns| nouns.means.to_vec())
}

/// The kinds that a noun means in plain words, and whether it means several files.
pub(super) fn noun(name: &str) -> Option<(&'static [Condition], bool)> {
    let nouns = NOUNS.iter().find(|nouns| listed(nouns.one, name) || listed(nouns.many, name))?;
    Some((nouns.means, listed(nouns.many, name)))
}

const NOUNS: &[Nouns] = &[
    Nouns {
        means: &[Condition::Family(Family::Photo)],
        names: "pic, img",
        one: "photo, photograph, picture, image, foto, bild, imagen, fotografia",
        many: "photos, photographs, pictures, images, pics, fotos, bilder, fotografien, imagenes, \
            fotografias, 照片, 相片, 图片, 圖片",
    },
    Nouns {
        means: &[Condition::Family(Family::Document)],
        names: "docs, 文件",
        one: "document, dokument, documento",
        many: "documents, dokumente, documentos, 文档, 文檔",
    },
    Nouns {
        means: &[Condition::Kind(Kind::Pdf)],
        names: "",
        one: "pdf",
        many: "pdfs, pdf files, pdf documents, pdf dateien, pdf dokumente, fichiers pdf, \
            documents pdf, archivos pdf, documentos pdf, pdf文件, pdf文档",
    },
    Nouns {
        means: &[Condition::Kind(Kind::Docx), Condition::Kind(Kind::Doc)],
        names: "word",
        one: "word document, word dokument, document word, documento word",
        many: "word documents, word files, word docs, word dokumente, word dateien, documents word, \
            fichiers word, documentos word, archivos word, word文档, word文件",
    },
    Nouns {
        means: &[Condition::Kind(Kind::Xlsx), Condition::Kind(Kind::Xls)],
        names: "excel",
        one: "excel sheet, excel tabelle",
        many: "excel files, excel sheets, excel dateien, excel tabellen, fichiers excel, \
            archivos excel",
    },
    Nouns {
        means: &[Condition::Kind(Kind::Xlsx), Condition::Kind(Kind::Xls), Condition::Kind(Kind::Ods)],
        names: "sheet, sheets, tabelle, tableur, hoja",
        one: "spreadsheet, feuille de calcul, hoja de calculo",
        many: "spreadsheets, tabellen, feuilles de calcul, hojas de calculo, 表格, 电子表格",
    },
    Nouns {
        means: &[Condition::Kind(Kind::Pptx), Condition::Kind(Kind::Ppt)],
        names: "",
        one: "powerpoint",
        many: "powerpoints, powerpoint files, powerpoint dateien",
    },
    Nouns {
        means: &[Condition::Kind(Kind::Pptx), Condition::Kind(Kind::Ppt), Condition::Kind(Kind::Odp)],
        names: "slide, folie, diapositive, diapositiva, diaporama, slideshow, praesentation",
        one: "presentation, prasentation, presentacion",
        many: "presentations, slides, prasentationen, folien, diapositives, presentaciones, \
            diapositivas, 幻灯片, 演示文稿",
    },
    Nouns {
        means: &[Condition::Kind(Kind::Email)],
        names: "message, nachricht",
        one: "email, e mail, mail, courriel, correo, correo electronico",
        many: "emails, e mails, mails, courriels, correos, correos electronicos, 邮件, 电子邮件",
    },
    Nouns {
        means: &[Condition::Kind(Kind::Epub)],
        names: "book, buch, livre, libro",
        one: "ebook, e book",
        many: "ebooks, e books, livres electroniques, libros electronicos, 电子书",
    },
    Nouns {
        means: &[Condition::Kind(Kind::Html)],
        names: "htm, web, webseite, page web, pagina web",
        one: "web page, webpage",
        many: "web pages, webpages, webseiten, pages web, paginas web, 网页",
    },
    Nouns {
        means: &[Condition::Kind(Kind::Subtitles)],
        names: "subtitle, srt, vtt",
        one: "",
        many: "subtitles, untertitel, sous titres, subtitulos, 字幕",
    },
];

/// More names of single kinds, understood as the value of a field only.
const SYNONYMS: &[(Kind, &str)] = &[
    (Kind::Text, "txt, plain text, texte, texto, 文本, 纯文本"),
    (Kind::Markdown, "md, note, notes, notiz, notizen, nota, notas, 笔记"),
    (Kind::Notebook, "notebooks, jupyter, ipynb"),
    (Kind::Rtf, "rich text"),
    (Kind::Jpeg, "jpg"),
    (Kind::Tiff, "tif"),
    (Kind::Bmp, "bitmap"),
    (Kind::Heic, "heif"),
    (Kind::Jxl, "jpeg xl"),
    (Kind::Svg, "drawing, zeichnung, dessin, dibujo"),
    (Kind::Other, "andere, autre, otro, 其他"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_noun_is_folded_and_stands_once() {
        let nouns = NOUNS.iter().flat_map(|nouns| [nouns.names, nouns.one, nouns.many]);
        let lists = nouns.chain(SYNONYMS.iter().map(|(_, names)| *names)).filter(|names| !names.is_empty());
        let mut all: Vec<&str> = lists.flat_map(|names| names.split(", ")).collect();
        assert!(all.iter().all(|noun| words(noun).join(" ") == *noun));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
