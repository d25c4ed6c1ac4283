//! Keeps secrets out of core dumps: once a secret is in memory, a crash leaves none behind.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Turns core dumps off, for this process and the programs it starts: those are handed secrets too. One that may have
/// a core dump can raise its limit again. What the system does not permit is left as it is.
pub(super) fn turn_off() {
    let limit = Rlimit {
        current: Some(0),
        ..getrlimit(Resource::Core)
    };
    let _ = setrlimit(Resource::Core, limit);
    #[cfg(target_os = "linux")]
    {
        // A pattern that pipes dumps to a program ignores the limit; and only root may look into the memory.
        let _ =
            rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_dumps_are_off() {
        turn_off();
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        #[cfg(target_os = "linux")]
        assert_eq!(
            rustix::process::dumpable_behavior(),
            Ok(rustix::process::DumpableBehavior::NotDumpable)
        );
    }
}
