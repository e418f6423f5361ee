//! What the machine offers.

use std::fs;
use std::path::{Path, PathBuf};

/// What the machine offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The cpus we may use; empty when unknown.
    pub cpus: Vec<usize>,
    /// Files and sockets that may be open at once.
    pub descriptors: usize,
    /// The memory we may use: the limit of our cgroup, or all that the host has.
    pub memory_bytes: usize,
}

impl Machine {
    /// This machine, after raising the limit of open files as far as allowed: a load test needs every one of them.
    pub fn prepare() -> Machine {
        Machine {
            cpus: crate::worker::cpus::allowed(),
            descriptors: raise_descriptor_limit(),
            memory_bytes: memory_bytes(Path::new("/")),
        }
    }
}

/// Raises the soft limit to the hard one; what is then allowed.
fn raise_descriptor_limit() -> usize {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 1024 };
    let allowed = if setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() { hard } else { soft };
    usize::try_from(allowed).unwrap_or(usize::MAX)
}

/// The least of the host's memory and the limits of our cgroup and of those above it. `root` is where `/proc` and
/// `/sys` are.
fn memory_bytes(root: &Path) -> usize {
    let host = fs::read_to_string(root.join("proc/meminfo")).ok().and_then(|text| total(&text));
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().flat_map(|group| limits(root, group));
    // Where nothing is known the smallest machine that we would run on is assumed.
    limits.chain(host).min().unwrap_or(1 << 30)
}

/// `MemTotal` of `/proc/meminfo`.
fn total(meminfo: &str) -> Option<usize> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: usize = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// The limits that one line of `/proc/self/cgroup` leads to: `0::/path` in version 2, `7:memory:/path` in version 1.
/// In a container the path may be one of the host, which does not exist here; the folders above it do.
fn limits(root: &Path, group: &str) -> Vec<usize> {
    let mut parts = group.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { return Vec::new() };
    let (mount, file) = if controllers.is_empty() {
        ("sys/fs/cgroup", "memory.max")
    } else if controllers.split(',').any(|controller| controller == "memory") {
        ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
    } else {
        return Vec::new();
    };
    let mount = root.join(mount);
    let own: PathBuf = mount.join(path.trim_start_matches('/'));
    // "max", and files that are not there, are no limits.
    let limit = |folder: &Path| fs::read_to_string(folder.join(file)).ok()?.trim().parse().ok();
    own.ancestors().take_while(|folder| folder.starts_with(&mount)).filter_map(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "MemTotal:        8048336 kB\nMemFree:          345672 kB\n";
    const HOST: usize = 8_048_336 * 1024;

    /// What is found where these files are all there is.
    fn found(files: &[(&str, &str)]) -> usize {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        memory_bytes(root.path())
    }

    #[test]
    fn memory_of_the_host_without_a_cgroup() {
        assert_eq!(found(&[("proc/meminfo", MEMINFO)]), HOST);
        assert_eq!(found(&[]), 1 << 30);
        assert_eq!(found(&[("proc/meminfo", "MemTotal: much\n")]), 1 << 30);
    }

    #[test]
    fn limit_of_a_cgroup_of_version_2_and_of_those_above() {
        let own = ("proc/self/cgroup", "0::/a.slice/b.scope\n");
        let (host, max) = (("proc/meminfo", MEMINFO), "max\n");
        let cases: [(&[(&str, &str)], usize); 4] = [
            (&[("sys/fs/cgroup/a.slice/b.scope/memory.max", "1048576\n")], 1_048_576),
            (&[("sys/fs/cgroup/a.slice/b.scope/memory.max", max)], HOST),
            (
                &[
                    ("sys/fs/cgroup/a.slice/b.scope/memory.max", max),
                    ("sys/fs/cgroup/a.slice/memory.max", "2097152\n"),
                ],
                2_097_152,
            ),
            // In a container: the path of the host is not there.
            (&[("sys/fs/cgroup/memory.max", "4194304\n")], 4_194_304),
        ];
        for (limits, expected) in cases {
            assert_eq!(found(&[&[own, host], limits].concat()), expected, "{limits:?}");
        }
    }

    #[test]
    fn limit_of_a_cgroup_of_version_1() {
        let own = ("proc/self/cgroup", "12:cpu,cpuacct:/x\n7:memory:/docker/1f\n");
        let host = ("proc/meminfo", MEMINFO);
        let file = "sys/fs/cgroup/memory/docker/1f/memory.limit_in_bytes";
        assert_eq!(found(&[own, host, (file, "536870912\n")]), 536_870_912);
        // Without a limit the file holds a number that no machine has.
        assert_eq!(found(&[own, host, (file, "9223372036854771712\n")]), HOST);
        let top = "sys/fs/cgroup/memory/memory.limit_in_bytes";
        assert_eq!(found(&[own, host, (top, "268435456\n")]), 268_435_456);
    }
}
