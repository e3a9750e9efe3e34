//! Replays every input that ever broke something, against what must hold (`tests/fuzz`).
#![cfg(test)]

#[expect(unreachable_pub, reason = "the fuzz targets reach these from outside")]
#[path = "../../tests/fuzz/src/oracle.rs"]
mod oracle;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = format!(
        "{}/../tests/fuzz/regressions/{target}",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut replayed = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        check(&std::fs::read(path).unwrap());
        replayed += 1;
    }
    assert!(replayed > 0, "nothing to replay for {target}");
}

#[test]
fn terminals_survive_what_broke_them() {
    replay("terminal", oracle::terminal);
}

#[test]
fn viewer_frames_survive_what_broke_them() {
    replay("viewer_frame", oracle::viewer_frame);
}

#[test]
fn configurations_survive_what_broke_them() {
    replay("config", oracle::config);
}

#[test]
fn conversations_with_vnc_servers_survive_what_broke_them() {
    replay("rfb", oracle::rfb);
}
