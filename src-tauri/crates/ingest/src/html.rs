//! Web pages: the text that a reader sees, block by block.

use cairn_core::{Kind, Problem};
use encoding_rs::Encoding;
use scraper::{ElementRef, Html, Node, Selector};

use crate::extract::Document;
use crate::text::decode;

pub(crate) fn read(bytes: &[u8]) -> Result<Document, Problem> {
    let page = Html::parse_document(&decode(bytes, declared_encoding(bytes)));
    let text = page_text(&page);
    let title = ["title", "h1"].iter().find_map(|name| element_text(&page, name));
    let title = title.or_else(|| text.lines().next().map(str::to_owned));
    Ok(Document::new(Kind::Html, title, text))
}

/// The encoding named in the first kilobyte (`<meta charset=…>` or its older form).
fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let (_, after) = start.split_once("charset=")?;
    let label = after.trim_start_matches(['"', '\'', ' ']);
    let end = label.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:".contains(c)).unwrap_or(label.len());
    Encoding::for_label(&label.as_bytes()[..end])
}

fn element_text(page: &Html, name: &str) -> Option<String> {
    let selector = Selector::parse(name).ok()?;
    let text = page.select(&selector).next()?.text().collect::<String>();
    (!text.trim().is_empty()).then_some(text)
}

/// Walks the tree without recursion: pages nest as deep as their authors like.
fn page_text(page: &Html) -> String {
    use ego_tree::iter::Edge;
    let mut text = Flow::default();
    let mut hidden = 0usize;
    for edge in page.tree.root().traverse() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Element(element) => {
                    hidden += usize::from(is_hidden(ElementRef::wrap(node)));
                    text.start(break_before(element.name()));
                    if element.name() == "img" && hidden == 0 {
                        text.push(element.attr("alt").unwrap_or_default());
                    }
                }
                Node::Text(words) if hidden == 0 => text.push(&words.text),
                _ => {}
            },
            Edge::Close(node) => {
                if let Node::Element(element) = node.value() {
                    hidden -= usize::from(is_hidden(ElementRef::wrap(node)));
                    text.start(break_before(element.name()));
                }
            }
        }
    }
    text.finished
}

fn is_hidden(element: Option<ElementRef<'_>>) -> bool {
    const NEVER_SHOWN: [&str; 9] =
        ["head", "script", "style", "template", "noscript", "svg", "iframe", "object", "select"];
    element.is_some_and(|e| NEVER_SHOWN.contains(&e.value().name()) || e.value().attr("hidden").is_some())
}

/// What separates an element from its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Break {
    #[default]
    Nothing,
    Space,
    Tab,
    Line,
    Paragraph,
}

fn break_before(name: &str) -> Break {
    match name {
        "p" | "div" | "section" | "article" | "main" | "header" | "footer" | "nav" | "aside" | "h1"
        | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table" | "blockquote" | "pre"
        | "figure" | "form" | "hr" | "details" | "body" | "fieldset" | "address" => Break::Paragraph,
        "br" | "li" | "tr" | "dt" | "dd" | "option" | "figcaption" | "summary" | "caption" | "legend" => {
            Break::Line
        }
        "td" | "th" => Break::Tab,
        _ => Break::Nothing,
    }
}

/// Text with its white space folded as a browser folds it.
#[derive(Default)]
struct Flow {
    finished: String,
    pending: Break,
}

impl Flow {
    fn start(&mut self, separation: Break) {
        self.pending = self.pending.max(separation);
    }

    fn push(&mut self, words: &str) {
        for piece in words.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end();
            if !word.is_empty() {
                if !self.finished.is_empty() {
                    self.finished.push_str(match self.pending {
                        Break::Nothing => "",
                        Break::Space => " ",
                        Break::Tab => "\t",
                        Break::Line => "\n",
                        Break::Paragraph => "\n\n",
                    });
                }
                self.pending = Break::Nothing;
                self.finished.push_str(word);
            }
            if word.len() < piece.len() {
                self.start(Break::Space);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_page_becomes_what_is_read_on_it() {
        let page = "<!doctype html><html><head><title>Bread &amp; butter</title><style>p{}</style></head><body>
            <h1>Recipe</h1><p>Mix <b>flour</b>,\n   water<br>and salt.</p><script>alert('x')</script>
            <ul><li>one</li><li>two</li></ul><table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>
            <p hidden>secret</p><img src=x alt='a loaf'></body></html>";
        let document = read(page.as_bytes()).unwrap();
        assert_eq!(document.title.as_deref(), Some("Bread & butter"));
        let expected = "Recipe\n\nMix flour, water\nand salt.\n\none\ntwo\n\na\tb\nc\td\n\na loaf";
        assert_eq!(document.text, expected);
    }

    #[test]
    fn the_declared_encoding_counts() {
        let page =
            b"<html><head><meta http-equiv=Content-Type content='text/html; charset=windows-1251'></head>\
            <body>\xCF\xF0\xE8\xE2\xE5\xF2</body></html>";
        assert_eq!(read(page).unwrap().text, "Привет");
        let (russian, ..) =
            encoding_rs::WINDOWS_1251.encode("Это обычный русский текст, который надо найти.");
        let page = [b"<html><head><meta charset=utf-8></head><body>", &russian[..]].concat();
        assert_eq!(read(&page).unwrap().text, "Это обычный русский текст, который надо найти.");
    }

    #[test]
    fn deep_nesting_is_read() {
        let page = format!("<html><body>{}deep{}", "<div>".repeat(10_000), "</div>".repeat(10_000));
        assert_eq!(read(page.as_bytes()).unwrap().text, "deep");
    }
}
