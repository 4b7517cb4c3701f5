//! Paths as bytes (a name need not be UTF-8), and as people read them.

use std::path::{Path, PathBuf};

#[cfg(unix)]
pub(crate) fn to_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(unix)]
pub(crate) fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(windows)]
pub(crate) fn to_bytes(path: &Path) -> Vec<u8> {
    use std::os::windows::ffi::OsStrExt;
    path.as_os_str().encode_wide().flat_map(u16::to_le_bytes).collect()
}

#[cfg(windows)]
pub(crate) fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::windows::ffi::OsStringExt;
    let (units, _) = bytes.as_chunks::<2>();
    let wide: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    PathBuf::from(std::ffi::OsString::from_wide(&wide))
}

/// The end (exclusive) of a range of bytes that begins with the path's own and holds those of everything below it, and of
/// some of its siblings.
pub(crate) fn end_below(path: &Path) -> Vec<u8> {
    let separator = to_bytes(Path::new(std::path::MAIN_SEPARATOR_STR));
    let mut bytes = to_bytes(path);
    if bytes.ends_with(&separator) {
        bytes.truncate(bytes.len() - separator.len());
    }
    bytes.extend(separator.iter().enumerate().map(|(at, byte)| byte + u8::from(at == 0)));
    bytes
}

/// The last part, or the whole of a path that has none ("/").
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The root's name and the folders below it that lead to the file, joined by " / ". For a root that is the file
/// itself: the name of the folder it lies in.
pub(crate) fn folder(root: &Path, file: &Path) -> String {
    let parent = file.parent().unwrap_or(file);
    let Ok(below) = parent.strip_prefix(root) else { return name(parent) };
    let mut folder = name(root);
    for part in below.components() {
        folder.push_str(" / ");
        folder.push_str(&part.as_os_str().to_string_lossy());
    }
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_range_of_bytes_holds_what_lies_below() {
        let inside = |at: &str, path: &str| {
            let bytes = to_bytes(Path::new(path));
            bytes >= to_bytes(Path::new(at)) && bytes < end_below(Path::new(at))
        };
        assert!(
            inside("/a", "/a")
                && inside("/a", "/a/b/c")
                && inside("/", "/a/b")
                && inside("/a", "/a/\u{FFFF}")
        );
        assert!(!inside("/a", "/ab") && !inside("/a/b", "/a/c") && !inside("/a/b", "/a"));
    }

    #[test]
    fn folders_begin_at_the_root() {
        let cases = [
            ("/home/ann/Papers", "/home/ann/Papers/house/roof/bill.pdf", "Papers / house / roof"),
            ("/home/ann/Papers", "/home/ann/Papers/bill.pdf", "Papers"),
            ("/home/ann/bill.pdf", "/home/ann/bill.pdf", "ann"),
            ("/", "/etc/hosts", "/ / etc"),
        ];
        for (root, file, expected) in cases {
            assert_eq!(folder(Path::new(root), Path::new(file)), expected, "{file}");
        }
    }
}
