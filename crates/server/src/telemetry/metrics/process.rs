//! The metrics that every process has, by the names that all programs under Prometheus give them.

use super::page::Page;

/// Writes what the system tells of this process; nothing where it tells nothing.
#[cfg(not(target_os = "linux"))]
pub(super) fn write(_: &mut Page) {}

/// Writes what the system tells of this process; nothing where it tells nothing.
#[cfg(target_os = "linux")]
pub(super) fn write(page: &mut Page) {
    use std::fs::{read_dir, read_to_string};

    use super::page::Kind;

    if let Some(stat) = read_to_string("/proc/self/stat").ok().as_deref().and_then(Stat::read) {
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let memory = stat.resident_pages * rustix::param::page_size() as u64;
        page.family(Kind::Counter, "process_cpu_seconds", "Time of processors, in user and system mode.")
            .sample(&[], stat.cpu_ticks as f64 / ticks);
        page.family(Kind::Gauge, "process_resident_memory_bytes", "Resident memory.").sample(&[], memory);
        page.family(Kind::Gauge, "process_virtual_memory_bytes", "Virtual memory.")
            .sample(&[], stat.virtual_bytes);
        page.family(Kind::Gauge, "process_threads", "Threads of the process.").sample(&[], stat.threads);
        let booted = read_to_string("/proc/stat").ok().as_deref().and_then(boot_time);
        if let Some(booted) = booted {
            let help = "Start of the process, in seconds since 1970.";
            page.family(Kind::Gauge, "process_start_time_seconds", help)
                .sample(&[], booted as f64 + stat.start_ticks as f64 / ticks);
        }
    }
    if let Ok(open) = read_dir("/proc/self/fd") {
        // The folder itself is open meanwhile.
        page.family(Kind::Gauge, "process_open_fds", "Open file descriptors.")
            .sample(&[], open.count().saturating_sub(1));
    }
    if let Some(most) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
        page.family(Kind::Gauge, "process_max_fds", "Most open file descriptors.").sample(&[], most);
    }
}

/// Numbers of `/proc/self/stat`.
#[cfg(target_os = "linux")]
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    cpu_ticks: u64,
    threads: u64,
    start_ticks: u64,
    virtual_bytes: u64,
    resident_pages: u64,
}

#[cfg(target_os = "linux")]
impl Stat {
    /// Reads the line. The name of the program, in parentheses, may hold anything.
    fn read(line: &str) -> Option<Self> {
        let fields: Vec<_> = line.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        // The first field behind the name is the third of all.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Self {
            cpu_ticks: field(14)? + field(15)?,
            threads: field(20)?,
            start_ticks: field(22)?,
            virtual_bytes: field(23)?,
            resident_pages: field(24)?,
        })
    }
}

/// When the machine started, in seconds since 1970, from `/proc/stat`.
#[cfg(target_os = "linux")]
fn boot_time(stat: &str) -> Option<u64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_process_is_read_whatever_its_name() {
        let line = "7 (a (b) c) S 1 7 7 0 -1 4194304 5 0 0 0 31 11 0 0 20 0 9 0 4321 8192000 250 184467 1";
        let expected = Stat {
            cpu_ticks: 42,
            threads: 9,
            start_ticks: 4321,
            virtual_bytes: 8_192_000,
            resident_pages: 250,
        };
        assert_eq!(Stat::read(line), Some(expected));
        assert_eq!(Stat::read("7 (short) S 1"), None);
        assert_eq!(Stat::read(""), None);
    }

    #[test]
    fn the_start_of_the_machine_is_read() {
        assert_eq!(boot_time("cpu 1 2\nbtime 1764086400\nprocesses 3\n"), Some(1_764_086_400));
        assert_eq!(boot_time("cpu 1 2\n"), None);
    }
}
