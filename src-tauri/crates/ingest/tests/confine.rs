//! A worker that tries: whatever a hole in a decoder would let a file do, the system refuses.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use cairn_ingest::{Limits, Request, Worker, confine};
use common::{WORKER, fixture, state};

#[test]
fn whoever_is_confined_reads_and_does_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("letter.txt");
    fs::write(&file, "dear Ann").unwrap();
    let before = state(dir.path());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut open_already = File::options().append(true).open(dir.path().join("letter.txt")).unwrap();
    let other = dir.path().join("other");
    // The filter holds for a thread and what it starts; this test goes on without it.
    let attempts = std::thread::scope(|scope| {
        let tried = scope.spawn(|| {
            confine().unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), "dear Ann");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
            std::thread::spawn(|| ()).join().unwrap();
            [
                ("create", File::create(&other).map(drop)),
                ("overwrite", File::options().write(true).open(&file).map(drop)),
                ("append", File::options().append(true).open(&file).map(drop)),
                ("read and write", File::options().read(true).write(true).open(&file).map(drop)),
                ("truncate what is open", open_already.set_len(0)),
                ("delete", fs::remove_file(&file)),
                ("rename", fs::rename(&file, &other)),
                ("link", fs::hard_link(&file, &other)),
                ("symbolic link", symlink(&file, &other)),
                ("folder", fs::create_dir(&other)),
                ("mode", fs::set_permissions(&file, fs::Permissions::from_mode(0o600))),
                ("time", open_already.set_modified(std::time::UNIX_EPOCH)),
                ("connect", TcpStream::connect(address).map(drop)),
                ("listen", TcpListener::bind("127.0.0.1:0").map(drop)),
                ("datagram", UdpSocket::bind("127.0.0.1:0").map(drop)),
                ("local socket", UnixStream::connect(&other).map(drop)),
                ("program", Command::new("true").status().map(drop)),
                (
                    "another thread's file",
                    std::thread::spawn(|| File::create("/tmp/cairn-confined").map(drop)).join().unwrap(),
                ),
            ]
        });
        tried.join().unwrap()
    });
    for (what, result) in attempts {
        assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::PermissionDenied), "{what}");
    }
    assert_eq!(state(dir.path()), before);
    // The same attempts succeed for whoever is not confined.
    TcpStream::connect(address).unwrap();
    open_already.write_all(b"!").unwrap();
}

#[test]
fn the_worker_is_confined() {
    let mut worker = Worker::start(Path::new(WORKER), Limits::default()).unwrap();
    worker.extract(&fixture("notes.md"), &Request::default()).unwrap();
    let children: Vec<String> = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok())
        .filter(|status| status.lines().any(|line| line == format!("PPid:\t{}", std::process::id())))
        .collect();
    assert_eq!(children.len(), 1);
    for line in ["Seccomp:\t2", "NoNewPrivs:\t1"] {
        assert!(children[0].lines().any(|found| found == line), "{line}\n{}", children[0]);
    }
}
