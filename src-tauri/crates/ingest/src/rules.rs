//! What is left out of a library: a list of lines in the form of a `.gitignore`, which a person can see and change.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// What nobody searches for: hidden files, programs' caches and build output, the system's and office programs' own
/// bookkeeping, half-finished downloads.
pub const DEFAULT_RULES: &[&str] = &[
    ".*",
    "node_modules/",
    "bower_components/",
    "target/",
    "__pycache__/",
    "__macosx/",
    "venv/",
    "site-packages/",
    "cache/",
    "caches/",
    "$recycle.bin/",
    "#recycle/",
    "@eadir/",
    "system volume information/",
    "lost+found/",
    "found.000/",
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "ntuser.dat",
    "pagefile.sys",
    "*.tmp",
    "*.temp",
    "*.part",
    "*.partial",
    "*.crdownload",
    "*.download",
    "*.swp",
    "*.lock",
    "*.pyc",
    "~$*",
    "*~",
];

/// The lines, understood. Upper and lower case are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    lines: Vec<String>,
}

/// A line that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{line}” is no rule: {reason}")]
pub struct BadRule {
    /// The line.
    pub line: String,
    /// Why.
    pub reason: String,
}

impl Default for Rules {
    /// [`DEFAULT_RULES`].
    fn default() -> Self {
        Rules { lines: DEFAULT_RULES.iter().map(|line| (*line).to_owned()).collect() }
    }
}

impl Rules {
    /// As a `.gitignore` has them: a name leaves out files and folders of that name at any depth, a slash at the end folders
    /// alone, a slash at the beginning what lies directly in an added folder; `*`, `**` and `?` stand for others; a `!` takes
    /// back in. Empty lines and those that begin with `#` say nothing (a name that begins so is written `\#`).
    ///
    /// # Errors
    /// The first line that makes no sense.
    pub fn new(lines: &[String]) -> Result<Rules, BadRule> {
        let mut builder = GitignoreBuilder::new("/");
        for line in lines {
            builder
                .add_line(None, &escaped(line))
                .map_err(|error| BadRule { line: line.clone(), reason: error.to_string() })?;
        }
        builder.build().map_err(|error| BadRule { line: lines.join(", "), reason: error.to_string() })?;
        Ok(Rules { lines: lines.to_vec() })
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// For what lies below a folder.
    pub fn below(&self, root: &Path) -> RootRules {
        let mut builder = GitignoreBuilder::new(root);
        let _ = builder.case_insensitive(true);
        for line in &self.lines {
            let _ = builder.add_line(None, &escaped(line));
        }
        RootRules { rules: builder.build().unwrap_or_else(|_| Gitignore::empty()) }
    }
}

/// A system's own folder has a name that begins as a remark does.
fn escaped(line: &str) -> String {
    if line.starts_with("#recycle") { format!("\\{line}") } else { line.to_owned() }
}

/// [`Rules`] for one folder of the library.
#[derive(Debug, Clone)]
pub struct RootRules {
    rules: Gitignore,
}

impl RootRules {
    /// Whether a file or folder is left out, not asking about the folders that it lies in. The root itself never is.
    pub fn leaves_out(&self, path: &Path, is_dir: bool) -> bool {
        path != self.rules.path() && self.rules.matched(path, is_dir).is_ignore()
    }

    /// Whether a file or folder is left out, or a folder on the way to it: a walk of the root does not meet it.
    pub fn leaves_out_below(&self, path: &Path, is_dir: bool) -> bool {
        let Ok(below) = path.strip_prefix(self.rules.path()) else { return false };
        if below.as_os_str().is_empty() {
            return false;
        }
        let root = self.rules.path();
        let mut folders: Vec<&Path> =
            below.ancestors().skip(1).filter(|part| !part.as_os_str().is_empty()).collect();
        folders.reverse();
        folders.iter().any(|folder| self.leaves_out(&root.join(folder), true))
            || self.leaves_out(path, is_dir)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn left_out(lines: &[&str], path: &str) -> bool {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let rules = Rules::new(&lines).unwrap().below(Path::new("/home/ann"));
        rules.leaves_out_below(&Path::new("/home/ann").join(path), path.ends_with('/'))
    }

    #[test]
    fn what_nobody_searches_for_is_left_out_by_itself() {
        for path in [
            ".git/config",
            "a/.hidden",
            "a/node_modules/b/c.txt",
            "Thumbs.db",
            "a/b.TMP",
            "~$letter.docx",
            "letter.txt~",
            "#recycle/a.txt",
            "$RECYCLE.BIN/a.txt",
            "Cache/a.txt",
            "System Volume Information/x",
        ] {
            assert!(left_out(DEFAULT_RULES, path), "{path}");
        }
        for path in ["letter.txt", "a/target.txt", "caches.txt", "part.txt", "a~b.txt", "#1.txt", "[x].txt"] {
            assert!(!left_out(DEFAULT_RULES, path), "{path}");
        }
    }

    #[test]
    fn a_person_says_what_is_left_out_and_what_is_not() {
        let rules = ["/Private/", "*.log", "!keep.log", "**/old/*.doc", "# a remark", ""];
        for path in ["Private/a.txt", "private/b/c.txt", "x/y.log", "x/old/a.doc", "old/a.doc"] {
            assert!(left_out(&rules, path), "{path}");
        }
        for path in ["x/Private/a.txt", "x/keep.log", "old/new/a.doc", "a remark"] {
            assert!(!left_out(&rules, path), "{path}");
        }
        let bad = Rules::new(&["a".into(), "[z-a]".into()]).unwrap_err();
        assert_eq!(bad.line, "[z-a]");
    }
}
