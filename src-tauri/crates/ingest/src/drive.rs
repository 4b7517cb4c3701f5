//! Which drive a path lies on.

use std::path::Path;

/// What the system tells the drive (the file system) of a path by, the same whenever and wherever it is mounted; `None` where the system
/// does not tell, or is not Linux, and for the system's own drive, which nobody unplugs: in its place is a new one with everything restored.
#[cfg(target_os = "linux")]
pub fn drive_of(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| Some(path.metadata().ok()?.dev());
    let here = device(path).filter(|here| device(Path::new("/")) != Some(*here))?;
    name_of(here, Path::new("/dev/disk/by-uuid"))
}

/// As on Linux, where it is known.
#[cfg(not(target_os = "linux"))]
pub fn drive_of(_: &Path) -> Option<String> {
    None
}

/// The name of the link to a device, in a folder of links to devices.
#[cfg(target_os = "linux")]
fn name_of(device: u64, links: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let links = std::fs::read_dir(links).ok()?.flatten();
    let mut names = links.filter(|link| link.path().metadata().is_ok_and(|found| found.rdev() == device));
    Some(names.next()?.file_name().to_string_lossy().into_owned())
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    #[test]
    fn a_device_is_told_by_the_link_that_leads_to_it() {
        let links = tempfile::tempdir().unwrap();
        symlink("/dev/null", links.path().join("2D5C-91F0")).unwrap();
        symlink("/dev/zero", links.path().join("6f2c0d1e-9a")).unwrap();
        let device = |path: &str| Path::new(path).metadata().unwrap().rdev();
        assert_eq!(name_of(device("/dev/zero"), links.path()).as_deref(), Some("6f2c0d1e-9a"));
        assert_eq!(name_of(device("/dev/full"), links.path()), None);
        assert_eq!(name_of(0, &links.path().join("none")), None);
    }
}
