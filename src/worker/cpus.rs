//! The cpus we may use, and pinning to one of them. The affinity mask knows of cgroups, cpusets and `taskset`.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The cpus of the affinity mask, in order. Empty when the kernel does not tell.
pub fn allowed() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else { return Vec::new() };
    (0..CpuSet::count()).filter(|&cpu| set.is_set(cpu).unwrap_or(false)).collect()
}

/// Pins the calling thread. A failure is no reason to stop: the mask may have changed since it was read.
pub(super) fn pin(cpu: usize) -> Result<(), nix::Error> {
    let mut set = CpuSet::new();
    set.set(cpu)?;
    sched_setaffinity(Pid::from_raw(0), &set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_thread_sees_one_cpu() {
        let all = allowed();
        let last = *all.last().unwrap();
        let seen = std::thread::spawn(move || pin(last).map(|()| allowed())).join().unwrap();
        assert_eq!(seen, Ok(vec![last]));
        assert_eq!(allowed(), all, "other threads keep their mask");
    }
}
