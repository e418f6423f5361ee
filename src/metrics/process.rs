//! The series that every program has, under the names that Prometheus' own libraries give them.

use super::page::{Kind, Page, Seconds};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// This process.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// Since the epoch.
    started: Duration,
}

impl Process {
    /// The process, started just now.
    pub fn starting() -> Process {
        Process { started: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() }
    }

    pub(super) fn write(self, page: &mut Page) {
        let started = Seconds(u128::from(self.started.as_secs()) * 1_000_000_000);
        let help = "When the process was started, in seconds since the epoch.";
        page.single("process_start_time_seconds", Kind::Gauge, help, started);
        if let Some(nanos) = cpu_nanos() {
            let help = "Time of the processors that all threads have used.";
            page.single("process_cpu_seconds_total", Kind::Counter, help, Seconds(nanos));
        }
        if let Some(bytes) = resident_bytes() {
            let help = "Memory of the process that is in use and not swapped out.";
            page.single("process_resident_memory_bytes", Kind::Gauge, help, bytes);
        }
    }
}

fn cpu_nanos() -> Option<u128> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let nanos = |time: TimeVal| {
        let micros = i128::from(time.tv_sec()) * 1_000_000 + i128::from(time.tv_usec());
        u128::try_from(micros).unwrap_or_default() * 1000
    };
    Some(nanos(usage.user_time()) + nanos(usage.system_time()))
}

/// Linux counts in pages and shows kilobytes, which are units of 1024 bytes.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_this_process_are_plausible() {
        let resident = resident_bytes().unwrap();
        assert!((100_000..10_000_000_000).contains(&resident), "{resident}");
        let before = cpu_nanos().unwrap();
        while cpu_nanos().unwrap() == before {}
        assert!(cpu_nanos().unwrap() > before);
    }
}
