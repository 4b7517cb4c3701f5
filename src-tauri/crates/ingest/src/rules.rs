//! What is left out of a library: a list of lines in the form of a `.gitignore`, which a person can see and change.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::Match;
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

/// What programmers call a list of what is not theirs to keep.
pub(crate) const GITIGNORE: &str = ".gitignore";
/// Longer ones are not read.
const LONGEST_GITIGNORE: u64 = 1 << 20;

/// The lines, understood. Upper and lower case are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    lines: Vec<String>,
    gitignore: bool,
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
        Rules { lines: DEFAULT_RULES.iter().map(|line| (*line).to_owned()).collect(), gitignore: false }
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
        Ok(Rules { lines: lines.to_vec(), gitignore: false })
    }

    /// As before; but what a `.gitignore` names is left out as well, or not.
    pub fn with_gitignore(mut self, gitignore: bool) -> Rules {
        self.gitignore = gitignore;
        self
    }

    /// Whether what a `.gitignore` names is left out.
    pub(crate) fn obeys_gitignore(&self) -> bool {
        self.gitignore
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// For what lies below a folder.
    pub fn below(&self, root: &Path) -> RootRules {
        let mut builder = GitignoreBuilder::new(root);
        let _ = builder.case_insensitive(true);
        let here = rule_for_folder(root);
        for line in &self.lines {
            let (no, line) = line.strip_prefix('!').map_or(("", line.as_str()), |line| ("!", line));
            // A line with the whole path of a folder is meant for that folder alone.
            let line = line
                .strip_prefix(here.trim_end_matches('/'))
                .filter(|rest| rest.starts_with('/'))
                .unwrap_or(line);
            let _ = builder.add_line(None, &format!("{no}{}", escaped(line)));
        }
        let found = self.gitignore.then(Arc::default);
        RootRules { rules: builder.build().unwrap_or_else(|_| Gitignore::empty()), found }
    }
}

/// The line that leaves out one folder, given by its path, and nothing else.
pub fn rule_for_folder(path: &Path) -> String {
    rule_for_file(path) + "/"
}

/// The line that leaves out one file, given by its path, and nothing else.
pub fn rule_for_file(path: &Path) -> String {
    let path = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let mut rule = String::with_capacity(path.len() + 1);
    for character in path.trim_end_matches('/').chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '{' | '}' | '\\' | '!') {
            rule.push('\\');
        }
        rule.push(character);
    }
    rule
}

/// A system's own folder has a name that begins as a remark does.
fn escaped(line: &str) -> String {
    if line.starts_with("#recycle") { format!("\\{line}") } else { line.to_owned() }
}

/// What the `.gitignore` of each folder says.
type Gitignores = HashMap<PathBuf, Gitignore>;

/// [`Rules`] for one folder of the library.
#[derive(Debug, Clone)]
pub struct RootRules {
    rules: Gitignore,
    /// The `.gitignore` of each folder that was asked about, read once; `None`: they do not count.
    found: Option<Arc<Mutex<Gitignores>>>,
}

impl RootRules {
    /// Whether a file or folder is left out, not asking about the folders that it lies in. The root itself never is.
    pub fn leaves_out(&self, path: &Path, is_dir: bool) -> bool {
        if path == self.rules.path() {
            return false;
        }
        match self.rules.matched(path, is_dir) {
            Match::Ignore(_) => true,
            Match::Whitelist(_) => false,
            Match::None => self.is_ignored(path, is_dir),
        }
    }

    /// Whether a `.gitignore` on the way to it, the nearest first, names it.
    fn is_ignored(&self, path: &Path, is_dir: bool) -> bool {
        let Some(found) = &self.found else { return false };
        let folders = path.ancestors().skip(1).take_while(|folder| folder.starts_with(self.rules.path()));
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        for folder in folders {
            let known = found.entry(folder.to_path_buf()).or_insert_with(|| gitignore_of(folder));
            match known.matched(path, is_dir) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
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

/// What a folder's `.gitignore` says; nothing, where there is none that can be read.
fn gitignore_of(folder: &Path) -> Gitignore {
    let path = folder.join(GITIGNORE);
    let is_short_file =
        |metadata: std::fs::Metadata| metadata.is_file() && metadata.len() <= LONGEST_GITIGNORE;
    if !path.metadata().is_ok_and(is_short_file) {
        return Gitignore::empty();
    }
    let mut builder = GitignoreBuilder::new(folder);
    // Lines that make no sense are passed over, as git does.
    let _ = builder.add(&path);
    builder.build().unwrap_or_else(|_| Gitignore::empty())
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

    #[test]
    fn a_folder_is_left_out_by_its_path_and_nothing_else_is() {
        let rule = rule_for_folder(Path::new("/home/ann/Bills [old]*/2019"));
        assert_eq!(rule, r"/home/ann/Bills \[old\]\*/2019/");
        for path in ["Bills [old]*/2019/a.txt", "bills [old]*/2019/b/c.txt"] {
            assert!(left_out(&[&rule], path), "{path}");
        }
        for path in ["Bills [old]*/2020/a.txt", "Bills o/2019/a.txt", "x/Bills [old]*/2019/a.txt"] {
            assert!(!left_out(&[&rule], path), "{path}");
        }
        let kept = format!("!{}", rule_for_folder(Path::new("/home/ann/cache")));
        assert!(
            !left_out(&["cache/", &kept], "cache/a.txt") && left_out(&["cache/", &kept], "x/cache/a.txt")
        );
        assert!(!left_out(&[&rule_for_folder(Path::new("/home/annette"))], "tte/a.txt"));
    }

    #[test]
    fn a_file_is_left_out_by_its_path_and_nothing_else_is() {
        let rule = rule_for_file(Path::new("/home/ann/Bills/scan[1].pdf"));
        assert_eq!(rule, r"/home/ann/Bills/scan\[1\].pdf");
        assert!(left_out(&[&rule], "Bills/scan[1].pdf"));
        for path in ["Bills/scan1.pdf", "scan[1].pdf", "x/Bills/scan[1].pdf", "Bills/scan[1].pdf.txt"] {
            assert!(!left_out(&[&rule], path), "{path}");
        }
    }

    #[test]
    fn the_nearest_gitignore_counts_where_a_person_wants_them_to() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("a/.gitignore", "*.log\n/build/\n");
        write("a/keep/.gitignore", "!*.log\n");
        let lines = ["*.tmp".to_owned(), "!b.log".to_owned()];
        let rules = Rules::new(&lines).unwrap();
        let says = |rules: &Rules| {
            let rules = rules.below(root.path());
            ["a/x.log", "a/b.log", "a/keep/x.log", "x.log", "a/build/y.txt", "a/x/build/y.txt", "a/z.tmp"]
                .map(|path| rules.leaves_out_below(&root.path().join(path), false))
        };
        assert_eq!(says(&rules), [false, false, false, false, false, false, true]);
        let rules = rules.with_gitignore(true);
        assert_eq!(says(&rules), [true, false, false, false, true, false, true]);
    }
}
