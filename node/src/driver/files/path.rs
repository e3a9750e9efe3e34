//! Paths and names at the target: what is valid, and how they are put together. Pure.

use super::FileError;

/// Longest path (`PATH_MAX` of Linux).
const LONGEST_PATH: usize = 4096;

/// Longest name (`NAME_MAX` of Linux), and what a part file's name keeps of it.
const LONGEST_NAME: usize = 255;
const KEPT_OF_NAME: usize = 200;

/// Refuses paths that no target has.
pub(super) fn check(path: &str) -> Result<(), FileError> {
    if path.len() > LONGEST_PATH || path.contains('\0') {
        return Err(FileError::BadPath);
    }
    Ok(())
}

/// The path as sent: empty means the login directory.
pub(super) fn sent(path: &str) -> Result<&str, FileError> {
    check(path)?;
    Ok(if path.is_empty() { "." } else { path })
}

/// Whether a listed name can be a name at all; a server could send anything.
pub(super) fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && name.len() <= LONGEST_NAME * 4
        && !name.contains(['/', '\0'])
}

/// Directory (with its slash, or empty) and last component of a file's path.
pub(super) fn split(path: &str) -> Result<(&str, &str), FileError> {
    check(path)?;
    let cut = path.rfind('/').map_or(0, |slash| slash + 1);
    let (directory, name) = path.split_at_checked(cut).ok_or(FileError::BadPath)?;
    if is_name(name) {
        Ok((directory, name))
    } else {
        Err(FileError::BadPath)
    }
}

/// The name under which a file is written before it is complete.
pub(super) fn part(directory: &str, name: &str, random: u64) -> String {
    let mut end = name.len().min(KEPT_OF_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let kept = name.get(..end).unwrap_or_default();
    format!("{directory}.{kept}.part-{random:016x}")
}

/// The last component, for showing an entry; a root has none and keeps its slash.
pub(super) fn last(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    trimmed
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or(path)
}

/// The directory that holds `path`, for questions about its file system.
pub(super) fn parent(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((directory, _)) => directory,
        None => ".",
    }
}

/// `directory/name`.
pub(super) fn join(directory: &str, name: &str) -> String {
    if directory.ends_with('/') {
        format!("{directory}{name}")
    } else {
        format!("{directory}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_split_where_their_last_name_begins() {
        assert_eq!(split("/a/b").unwrap(), ("/a/", "b"));
        assert_eq!(split("b").unwrap(), ("", "b"));
        assert_eq!(split("/b").unwrap(), ("/", "b"));
        for bad in ["", "/", "a/", "/a/..", ".", "a\0b", "\0"] {
            assert!(matches!(split(bad), Err(FileError::BadPath)), "{bad:?}");
        }
        assert!(split(&"x".repeat(5000)).is_err());
    }

    #[test]
    fn hostile_names_are_no_names() {
        for bad in ["", ".", "..", "a/b", "/", "a\0", "../../etc/passwd"] {
            assert!(!is_name(bad), "{bad:?}");
        }
        for good in ["a", "...", "tab\there", "-rf", "\u{1b}[31m", "ü"] {
            assert!(is_name(good), "{good:?}");
        }
    }

    #[test]
    fn part_names_fit_and_never_cut_a_character() {
        let name = "é".repeat(127);
        let part = part("/d/", &name, 7);
        assert!(part.len() - 3 <= LONGEST_NAME);
        assert!(part.starts_with("/d/.é") && part.ends_with(".part-0000000000000007"));
    }

    #[test]
    fn parents_and_last_names_are_found() {
        assert_eq!((parent("/a"), last("/a")), ("/", "a"));
        assert_eq!((parent("/a/b/"), last("/a/b/")), ("/a", "b"));
        assert_eq!((parent("b"), last("/")), (".", "/"));
        assert_eq!(join("/", "x"), "/x");
        assert_eq!(join("/a", "x"), "/a/x");
    }
}
