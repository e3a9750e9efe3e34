//! A disk that fills up: a tmpfs of a megabyte, where the machine lets us mount one.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

/// A mounted tiny disk. Dropping it unmounts it.
#[derive(Debug)]
pub struct TinyDisk {
    path: PathBuf,
}

impl TinyDisk {
    /// Mounts `kib` KiB at `path` (made when missing), owned by `owner`. `None`: this machine does
    /// not let us mount, as in a container without that right; the test is skipped then.
    ///
    /// # Errors
    /// The directory cannot be made, or `BATON_REQUIRE_ALL` lets no test be skipped.
    pub fn mount(path: &Path, kib: u32, owner: &str) -> anyhow::Result<Option<Self>> {
        std::fs::create_dir_all(path)?;
        let user = nix::unistd::User::from_name(owner)?.context("no such user")?;
        let options = format!(
            "size={kib}k,mode=0700,uid={},gid={}",
            user.uid.as_raw(),
            user.gid.as_raw()
        );
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "baton-tiny"])
            .arg(path)
            .status()?;
        let is_required = std::env::var_os("BATON_REQUIRE_ALL").is_some();
        anyhow::ensure!(
            status.success() || !is_required,
            "skipped: this machine lets nobody mount"
        );
        Ok(status.success().then(|| Self {
            path: path.to_owned(),
        }))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fills what is left, so that the next byte does not fit.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn fill(&self) -> anyhow::Result<()> {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.path.join("filler"))?;
        let block = [0; 4096];
        while file.write_all(&block).is_ok() {}
        Ok(())
    }

    /// Gives the space back.
    ///
    /// # Errors
    /// The file is gone.
    pub fn free(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.path.join("filler"))?)
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _best_effort = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}
