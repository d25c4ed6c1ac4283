//! A real server as a child process: started, waited for, ended with the test. Whatever goes wrong on the way
//! fails the test with the server's own log.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long a server may take until it answers, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that lives as long as this value.
pub struct Server {
    name: String,
    child: Child,
    log: File,
}

impl Server {
    /// Starts `command`, output going to a log in `folder`, and waits until `ready` says so.
    pub fn start(mut command: Command, folder: &Path, mut ready: impl FnMut() -> bool) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let log = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(folder.join("server.log"))
            .unwrap_or_else(|error| panic!("log of {name}: {error}"));
        let output = || Stdio::from(log.try_clone().expect("a second handle of the log"));
        command
            .stdin(Stdio::null())
            .stdout(output())
            .stderr(output())
            .process_group(0);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("cannot start {name}: {error}; `tests/run` installs what the tests need")
        });
        let mut server = Self { name, child, log };
        let begin = Instant::now();
        while !ready() {
            if let Ok(Some(status)) = server.child.try_wait() {
                let log = server.log();
                panic!("{} ended with {status}: {log}", server.name);
            }
            if begin.elapsed() > PATIENCE {
                let log = server.log();
                panic!("{} is not ready: {log}", server.name);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }

    /// The process that was started.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the server has printed so far.
    pub fn log(&mut self) -> String {
        let mut bytes = Vec::new();
        self.log.rewind().expect("log rewinds");
        self.log.read_to_end(&mut bytes).expect("log reads");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The whole group: nginx and its workers, a shell and what it started.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Whether something accepts connections on a port of 127.0.0.1.
pub fn accepts(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}
