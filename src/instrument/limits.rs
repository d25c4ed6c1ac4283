//! The limits that the system sets on this process (getrlimit(2)), in the words of the shell that raises them: `ulimit`.
//!
//! "Resource temporarily unavailable" helps no one. Where the system's error can only come from a limit, the message
//! names the limit, its value, and how to raise it.

use std::io;

use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

/// What failed and why, with the limit that was hit, if it was one.
pub fn explain(what: &str, error: &io::Error) -> String {
    format!("{what}: {error}{}", hit(error))
}

/// The system's words for an error, with the limit that was hit, if it was one. For everything but the start of a process
/// or a thread, where [`explain`] also knows what `EAGAIN` means.
pub fn words(error: &io::Error) -> String {
    match errno(error) {
        Some(Errno::AGAIN) => error.to_string(),
        _ => format!("{error}{}", hit(error)),
    }
}

/// The same error in [`words`], for a caller that shows it.
pub fn named(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(_) => io::Error::new(error.kind(), words(&error)),
        None => error,
    }
}

fn errno(error: &io::Error) -> Option<Errno> {
    error.raw_os_error().map(Errno::from_raw_os_error)
}

/// What the system as a whole is short of, which no limit of this process causes.
fn shortage(errno: Errno) -> &'static str {
    match errno {
        Errno::NFILE => {
            "; the whole system has no open file left: end what holds them, or raise `sysctl fs.file-max`"
        }
        Errno::NOSPC => "; no space or no inodes are left: see `df -h` and `df -i`",
        Errno::DQUOT => "; the user's disk quota is used up: see `quota`",
        Errno::NOMEM | Errno::NOBUFS => {
            "; the system is short of memory: see `free -m` and the kernel's log"
        }
        _ => "",
    }
}

/// The limit behind an error, as the end of a sentence; empty for an error that no limit causes. For
/// `EAGAIN`, only where a process or a thread was to be started: elsewhere it means something else.
pub fn hit(error: &io::Error) -> String {
    let Some(errno) = errno(error) else {
        return String::new();
    };
    let limits: &[_] = match Some(errno) {
        Some(Errno::MFILE) => &[(Resource::Nofile, "open files", 'n')],
        // A thread needs a place among the processes, and one in memory for its stack.
        Some(Errno::AGAIN) => &[PROCESSES, ADDRESS_SPACE],
        Some(Errno::NOMEM) => &[ADDRESS_SPACE],
        Some(Errno::FBIG) => &[(Resource::Fsize, "the size of a file, in bytes,", 'f')],
        _ => &[],
    };
    let named = limits.iter().filter_map(|(resource, name, option)| {
        let limit = getrlimit(*resource).current?;
        Some(format!(
            "; the limit of {name} is {limit}: raise it with `ulimit -{option}`"
        ))
    });
    let named: String = named.collect();
    match named.is_empty() {
        true => shortage(errno).to_owned(),
        false => named,
    }
}

type Limit = (Resource, &'static str, char);
const PROCESSES: Limit = (Resource::Nproc, "processes and threads of this user", 'u');
const ADDRESS_SPACE: Limit = (Resource::As, "address space, in bytes,", 'v');

/// How many files and sockets this process may have open; none: as many as the system has.
pub fn open_files() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// How large a file this process may write, in bytes.
pub fn file_size() -> Option<u64> {
    getrlimit(Resource::Fsize).current
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_a_limit_causes_names_the_limit() {
        let of = |errno: Errno| hit(&io::Error::from(errno));
        let limit = open_files().map_or(String::new(), |limit| {
            format!("; the limit of open files is {limit}: raise it with `ulimit -n`")
        });
        assert_eq!(of(Errno::MFILE), limit);
        assert!(of(Errno::NOSPC).contains("`df -i`"));
        assert!(of(Errno::NFILE).contains("fs.file-max"));
        assert!(of(Errno::NOMEM).contains("memory") || of(Errno::NOMEM).contains("address space"));
        assert_eq!(of(Errno::CONNREFUSED), "");
        assert_eq!(
            words(&Errno::CONNREFUSED.into()),
            io::Error::from(Errno::CONNREFUSED).to_string()
        );
        assert!(!words(&Errno::AGAIN.into()).contains("ulimit"));
    }
}
