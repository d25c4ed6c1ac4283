//! Which check starts next: the earliest of the checklist for which a job and a slot at every host it contacts
//! are free.
//!
//! A check that finds a host full waits at that host, so it neither holds up checks of other hosts nor is
//! looked at again before a slot there comes free.

use std::collections::{BTreeSet, HashMap};

/// Ready checks, free jobs, and the hosts with their free slots. Checks are positions in the checklist.
#[derive(Debug)]
pub(super) struct Queue {
    ready: BTreeSet<usize>,
    jobs: usize,
    hosts: Vec<Host>,
    contacts: Vec<Vec<usize>>,
}

#[derive(Debug)]
struct Host {
    free: usize,
    waiting: BTreeSet<usize>,
}

impl Queue {
    /// An empty queue. `contacts` names the hosts of every check; a limit of zero would run nothing and counts as
    /// one.
    pub(super) fn new(jobs: usize, per_host: usize, contacts: Vec<Vec<String>>) -> Self {
        let mut numbers = HashMap::new();
        let mut hosts = Vec::new();
        let mut number = |name: String| {
            *numbers.entry(normal(name)).or_insert_with(|| {
                hosts.push(Host {
                    free: per_host.max(1),
                    waiting: BTreeSet::new(),
                });
                hosts.len() - 1
            })
        };
        let contacts = contacts
            .into_iter()
            .map(|names| {
                let mut met: Vec<usize> = names.into_iter().map(&mut number).collect();
                met.sort_unstable();
                met.dedup();
                met
            })
            .collect();
        Self {
            ready: BTreeSet::new(),
            jobs: jobs.max(1),
            hosts,
            contacts,
        }
    }

    /// The check may start from now on.
    pub(super) fn push(&mut self, check: usize) {
        self.ready.insert(check);
    }

    /// Takes the next check that can start, with a job and its hosts' slots.
    pub(super) fn take(&mut self) -> Option<usize> {
        while self.jobs > 0 {
            let check = self.ready.pop_first()?;
            let met = std::mem::take(&mut self.contacts[check]);
            let full = met.iter().copied().find(|&host| self.hosts[host].free == 0);
            match full {
                None => {
                    self.jobs -= 1;
                    met.iter().for_each(|&host| self.hosts[host].free -= 1);
                }
                Some(full) => {
                    self.hosts[full].waiting.insert(check);
                    // It may have been woken for a slot elsewhere, which the next one there can use instead.
                    met.iter().for_each(|&host| self.wake(host));
                }
            }
            self.contacts[check] = met;
            if full.is_none() {
                return Some(check);
            }
        }
        None
    }

    /// Gives back what [`Self::take`] took for this check.
    pub(super) fn release(&mut self, check: usize) {
        self.jobs += 1;
        let met = std::mem::take(&mut self.contacts[check]);
        for &host in &met {
            self.hosts[host].free += 1;
            self.wake(host);
        }
        self.contacts[check] = met;
    }

    /// Takes every check that has not started, wherever it waits, in checklist order.
    pub(super) fn drain(&mut self) -> BTreeSet<usize> {
        let mut drained = std::mem::take(&mut self.ready);
        for host in &mut self.hosts {
            drained.append(&mut host.waiting);
        }
        drained
    }

    fn wake(&mut self, host: usize) {
        let host = &mut self.hosts[host];
        if host.free > 0 {
            self.ready.extend(host.waiting.pop_first());
        }
    }
}

/// DNS names compare without case (RFC 4343), and with or without the root's dot.
fn normal(name: String) -> String {
    let mut name = name.to_ascii_lowercase();
    if name.ends_with('.') {
        name.pop();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(jobs: usize, per_host: usize, contacts: &[&[&str]]) -> Queue {
        let owned = |names: &&[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let mut queue = Queue::new(jobs, per_host, contacts.iter().map(owned).collect());
        (0..contacts.len()).for_each(|check| queue.push(check));
        queue
    }

    fn taken(queue: &mut Queue) -> Vec<usize> {
        std::iter::from_fn(|| queue.take()).collect()
    }

    #[test]
    fn jobs_bound_what_runs_and_order_is_that_of_the_checklist() {
        let mut queue = queue(2, 9, &[&[], &[], &[], &[]]);
        assert_eq!(taken(&mut queue), [0, 1]);
        queue.release(1);
        assert_eq!(taken(&mut queue), [2]);
    }

    #[test]
    fn a_full_host_holds_up_only_its_own_checks() {
        let mut queue = queue(9, 1, &[&["a"], &["A."], &["b"], &["a", "b"], &["c"]]);
        assert_eq!(taken(&mut queue), [0, 2, 4], "`A.` is `a`");
        queue.release(0);
        assert_eq!(taken(&mut queue), [1]);
        queue.release(2);
        assert!(taken(&mut queue).is_empty());
        queue.release(1);
        assert_eq!(taken(&mut queue), [3]);
    }

    #[test]
    fn a_slot_that_the_woken_check_cannot_use_goes_to_the_next() {
        let mut queue = queue(9, 1, &[&["a"], &["b"], &["a", "b"], &["a"]]);
        assert_eq!(taken(&mut queue), [0, 1]);
        queue.release(0);
        assert_eq!(taken(&mut queue), [3], "2 still waits for b");
        queue.release(1);
        assert!(taken(&mut queue).is_empty());
        queue.release(3);
        assert_eq!(taken(&mut queue), [2]);
    }

    #[test]
    fn draining_empties_every_place_to_wait() {
        let mut queue = queue(1, 1, &[&["a"], &["a"], &[]]);
        assert_eq!(queue.take(), Some(0));
        assert_eq!(queue.drain().into_iter().collect::<Vec<_>>(), [1, 2]);
        queue.release(0);
        assert_eq!(queue.take(), None);
    }
}
