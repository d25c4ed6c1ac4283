//! PgBouncer in front of a PostgreSQL of the test. It refuses to run as root, so it runs as nobody then.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use tempfile::TempDir;

use super::ports::free_port;
use super::server::{Server, accepts};

pub struct PgBouncer {
    pub port: u16,
    _server: Server,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts it with the lines of `[databases]`, further settings, and users that need no password.
    pub fn start(databases: &str, settings: &str, users: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(path, open).expect("permissions");
        let lines: String = users
            .iter()
            .map(|user| format!("\"{user}\" \"\"\n"))
            .collect();
        fs::write(path.join("users.txt"), lines).expect("users");
        let port = free_port();
        let config = format!(
            "[databases]\n{databases}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {}\nstats_users = stats\n{settings}\n",
            path.join("users.txt").display()
        );
        fs::write(path.join("pgbouncer.ini"), config).expect("a configuration");
        let mut command = Command::new("pgbouncer");
        if rustix::process::geteuid().is_root() {
            command.args(["-u", "nobody"]);
        }
        command.arg(path.join("pgbouncer.ini"));
        let server = Server::start(command, path, || accepts(port));
        Self {
            port,
            _server: server,
            _folder: folder,
        }
    }
}
