//! PostgreSQL and MariaDB with their whole state in a folder of the test. PostgreSQL refuses to run as root, so it
//! runs as nobody then.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::ports::free_port;
use super::server::{Server, accepts};

const NOBODY: u32 = 65_534;

/// A database server on 127.0.0.1.
pub struct Database {
    pub port: u16,
    _server: Server,
    _folder: TempDir,
}

/// Starts PostgreSQL; with `<name>.pem` and `<name>.key` of `pki` it offers TLS.
pub fn postgres(pki: &Path, name: Option<&str>) -> Database {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let root = path.metadata().expect("its owner").uid() == 0;
    let own = |path: &Path| {
        if root {
            chown(path, Some(NOBODY), Some(NOBODY)).expect("a new owner");
        }
    };
    own(path);
    let program = |name: &str| {
        let program = installed(name);
        if !root {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(program);
        command
    };
    let made = program("initdb")
        .args(["--auth=trust", "--no-sync", "--username=postgres", "-D"])
        .arg(path.join("data"))
        .current_dir(path)
        .output()
        .expect("initdb; `tests/run` installs what the tests need");
    assert!(made.status.success(), "{made:?}");
    let port = free_port();
    let mut command = program("postgres");
    command
        .current_dir(path)
        .args(["-D", "data", "-F", "-p", &port.to_string()])
        .args(["-c", "listen_addresses=127.0.0.1"])
        .args(["-c", "unix_socket_directories="]);
    if let Some(name) = name {
        for end in ["pem", "key"] {
            let copy = path.join(format!("server.{end}"));
            std::fs::copy(pki.join(format!("{name}.{end}")), &copy).expect("a copy");
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&copy, mode).expect("permissions");
            own(&copy);
        }
        let file = |end: &str| path.join(format!("server.{end}")).display().to_string();
        command.args(["-c", "ssl=on"]);
        command.args(["-c", &format!("ssl_cert_file={}", file("pem"))]);
        command.args(["-c", &format!("ssl_key_file={}", file("key"))]);
    }
    let server = Server::start(command, pki, || accepts(port));
    Database {
        port,
        _server: server,
        _folder: folder,
    }
}

/// Starts MariaDB; with `<name>.pem` and `<name>.key` of `pki` it offers TLS.
pub fn mariadb(pki: &Path, name: Option<&str>) -> Database {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    std::fs::create_dir(path.join("data")).expect("a folder for data");
    let port = free_port();
    let mut command = Command::new("mariadbd");
    command
        .args(["--no-defaults", "--skip-grant-tables", "--user=root"])
        .args(["--bind-address=127.0.0.1", &format!("--port={port}")])
        .arg(format!("--datadir={}", path.join("data").display()))
        .arg(format!("--socket={}", path.join("socket").display()))
        .arg(format!("--pid-file={}", path.join("pid").display()));
    if let Some(name) = name {
        let file = |end: &str| pki.join(format!("{name}.{end}")).display().to_string();
        command.arg(format!("--ssl-cert={}", file("pem")));
        command.arg(format!("--ssl-key={}", file("key")));
    }
    let server = Server::start(command, pki, || accepts(port));
    Database {
        port,
        _server: server,
        _folder: folder,
    }
}

/// Starts MariaDB with its system tables, in which these statements made accounts. `root` has no password.
pub fn mariadb_with_accounts(statements: &str, settings: &[&str]) -> Database {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let data = format!("--datadir={}", path.join("data").display());
    let made = Command::new("mariadb-install-db")
        .args(["--no-defaults", "--skip-test-db", "--user=root"])
        .args(["--auth-root-authentication-method=normal", &data])
        .output()
        .expect("mariadb-install-db; `tests/run` installs what the tests need");
    assert!(made.status.success(), "{made:?}");
    let accounts = path.join("accounts.sql");
    std::fs::write(&accounts, statements).expect("statements");
    let port = free_port();
    let mut command = Command::new("mariadbd");
    command
        .args(["--no-defaults", "--user=root", &data])
        .args(["--bind-address=127.0.0.1", &format!("--port={port}")])
        .arg(format!("--init-file={}", accounts.display()))
        .arg(format!("--socket={}", path.join("socket").display()))
        .arg(format!("--pid-file={}", path.join("pid").display()))
        .args(settings);
    let server = Server::start(command, path, || accepts(port));
    Database {
        port,
        _server: server,
        _folder: folder,
    }
}

/// Debian keeps PostgreSQL's programs out of `PATH`, in a folder for each major version.
fn installed(program: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is installed; `tests/run` installs what the tests need");
    let paths =
        versions.map(|version| version.expect("a version").path().join("bin").join(program));
    let found = paths.max().filter(|path| path.exists());
    found.unwrap_or_else(|| panic!("no {program} of PostgreSQL"))
}
