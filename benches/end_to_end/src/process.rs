//! Child processes: pinned to a core, ended with this program however it ends, and what the kernel
//! says of them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// How long a process may take until it listens.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The core of what is measured, and that of everything else: load and upstream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cores {
    pub(crate) server: usize,
    pub(crate) load: usize,
}

impl Cores {
    /// The first two that this process may run on.
    pub(crate) fn find() -> Result<Self, String> {
        let status = read(Path::new("/proc/self/status"))?;
        let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let mut cores = list.map(listed).unwrap_or_default().into_iter();
        match (cores.next(), cores.next()) {
            (Some(server), Some(load)) => Ok(Self { server, load }),
            _ => Err("two cores are needed: one for the server, one for the load".into()),
        }
    }
}

/// `0-2,5` as 0, 1, 2 and 5.
fn listed(list: &str) -> Vec<usize> {
    let ranges = list.trim().split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse::<usize>().ok()?..=last.parse().ok()?)
    });
    ranges.flatten().collect()
}

/// A command on one core. The kernel kills the process when this program is gone, even by a signal.
pub(crate) fn pinned(core: usize, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "taskset", "--cpu-list", &core.to_string()]);
    command.arg(program).stdin(Stdio::null());
    command
}

/// A process that ends with this value.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        let child = command.spawn();
        child.map(Self).map_err(|error| format!("cannot run {command:?}: {error}"))
    }

    /// Starts a server that says on its first line where it listens.
    pub(crate) fn listening(command: &mut Command) -> Result<(Self, SocketAddr), String> {
        let mut process = Self::start(command.stdout(Stdio::piped()))?;
        let output = process.0.stdout.take().ok_or("no pipe")?;
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let mut lines = BufReader::new(output).lines();
            let _ = sender.send(lines.next());
            // So that the server can go on writing.
            lines.map_while(Result::ok).for_each(drop);
        });
        let line = receiver.recv_timeout(PATIENCE).ok().flatten();
        let line = line.and_then(Result::ok).unwrap_or_default();
        match address(&line) {
            Some(address) => Ok((process, address)),
            None => Err(format!("{command:?} does not listen: {line:?}")),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// The time that its threads have run so far.
    pub(crate) fn cpu(&self) -> Result<Duration, String> {
        let mut total = Duration::ZERO;
        let tasks = format!("/proc/{}/task", self.id());
        for task in fs::read_dir(&tasks).map_err(|error| format!("{tasks}: {error}"))?.flatten() {
            // A thread that has just ended has no file any more.
            let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            let nanos = text.split(' ').next().and_then(|first| first.parse().ok());
            total += Duration::from_nanos(nanos.unwrap_or_default());
        }
        Ok(total)
    }

    /// Its resident memory in bytes, exact to the page: the cheaper files are not.
    pub(crate) fn resident(&self) -> Result<u64, String> {
        let text = read(Path::new(&format!("/proc/{}/smaps_rollup", self.id())))?;
        kib(&text, "Rss:").map(|kib| kib * 1024).ok_or_else(|| "no Rss in smaps_rollup".into())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The number of `NAME   NUMBER kB`.
fn kib(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.trim().strip_suffix(" kB")?.parse().ok()
}

/// The address of `listening on http://ADDRESS`, whatever follows behind a comma.
fn address(line: &str) -> Option<SocketAddr> {
    let rest = line.strip_prefix("listening on http://")?;
    rest.split(',').next()?.trim().parse().ok()
}

pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cores() {
        assert_eq!(listed("\t0-2,5\n"), [0, 1, 2, 5]);
        assert_eq!(listed("7"), [7]);
        assert!(listed("").is_empty());
    }

    #[test]
    fn what_servers_and_the_kernel_say() {
        let expected = "127.0.0.1:4242".parse().ok();
        assert_eq!(address("listening on http://127.0.0.1:4242"), expected);
        assert_eq!(address("listening on http://127.0.0.1:4242, upstream http://x/"), expected);
        assert_eq!(address("error: no"), None);

        let rollup = "00-ff ---p 0 00:00 0 [rollup]\nRss:                1234 kB\nPss: 9 kB\n";
        assert_eq!(kib(rollup, "Rss:"), Some(1234));
        assert_eq!(kib(rollup, "Swap:"), None);
    }

    #[test]
    fn processes_are_pinned_measured_and_ended() {
        let late = std::env::temp_dir().join(format!("tower-cors-late-{}", std::process::id()));
        let mut command = pinned(Cores::find().unwrap().server, Path::new("/bin/sh"));
        // What is ended does not get to the last step.
        let script = "echo listening on http://127.0.0.1:1; sleep 10; touch \"$0\"";
        command.args(["-c", script]).arg(&late);
        let (mut process, address) = Process::listening(&mut command).unwrap();
        assert_eq!(address.port(), 1);
        assert!(process.is_running());
        assert!(process.cpu().unwrap() > Duration::ZERO);
        assert!(process.resident().unwrap() > 100 * 1024);

        let proc = format!("/proc/{}", process.id());
        drop(process);
        assert!(!Path::new(&proc).exists());
        let ended_late = fs::remove_file(&late).is_ok();
        assert!(!ended_late);
    }
}
