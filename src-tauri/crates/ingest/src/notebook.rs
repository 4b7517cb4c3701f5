//! Jupyter notebooks (nbformat 4): the cells' sources and what they printed.

use cairn_core::{Kind, Problem, ProblemCode};
use serde_json::Value;

use crate::extract::Document;
use crate::text;

pub(crate) fn read(bytes: &[u8]) -> Result<Document, Problem> {
    let notebook: Value = serde_json::from_slice(bytes)
        .map_err(|error| Problem::new(ProblemCode::Damaged, error.to_string()))?;
    let Some(cells) = notebook.get("cells").and_then(Value::as_array) else {
        // JSON all the same, whatever its name says.
        return text::read(bytes, Kind::Text);
    };
    let mut contents = String::new();
    for cell in cells {
        push(&mut contents, cell.get("source"));
        for output in cell.get("outputs").and_then(Value::as_array).into_iter().flatten() {
            push(&mut contents, output.get("text"));
            push(&mut contents, output.get("data").and_then(|data| data.get("text/plain")));
        }
    }
    let title = text::read(contents.as_bytes(), Kind::Markdown)?.title;
    Ok(Document::new(Kind::Notebook, title, contents))
}

/// A string, or a list of lines.
fn push(contents: &mut String, value: Option<&Value>) {
    let start = contents.len();
    match value {
        Some(Value::String(words)) => contents.push_str(words),
        Some(Value::Array(lines)) => {
            lines.iter().filter_map(Value::as_str).for_each(|line| contents.push_str(line))
        }
        _ => {}
    }
    contents.truncate(contents.trim_end().len().max(start));
    if contents.len() > start {
        contents.push_str("\n\n");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cells_become_text() {
        let notebook = br##"{"nbformat": 4, "cells": [
            {"cell_type": "markdown", "source": ["# Tides\n", "of the North Sea"]},
            {"cell_type": "code", "source": "print(1)\n", "outputs": [{"text": ["1\n"]}, {"data": {"image/png": "AAAA"}}]}]}"##;
        let document = read(notebook).unwrap();
        assert_eq!(document.title.as_deref(), Some("Tides"));
        assert_eq!(document.text, "# Tides\nof the North Sea\n\nprint(1)\n\n1\n\n");
        assert_eq!(read(br#"{"a": "plain"}"#).unwrap().kind, Kind::Text);
        assert!(read(b"{cut").is_err());
    }
}
