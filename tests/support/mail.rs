//! Exim and Dovecot with their whole state in a folder of the test. Both give up root for users of their own, who
//! must be able to look into that folder.

use std::fs::{Permissions, create_dir, set_permissions, write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::ports::free_port;
use super::server::{Server, accepts};

/// A mail server on 127.0.0.1.
pub struct Mail {
    pub port: u16,
    _server: Server,
    _folder: TempDir,
}

/// Starts Exim, which speaks SMTP; with `<name>.pem` and `<name>.key` of `pki` it offers TLS.
pub fn exim(pki: &Path, name: Option<&str>) -> Mail {
    let folder = opened();
    let path = folder.path();
    for state in ["spool", "log"] {
        create_dir(path.join(state)).expect("a folder");
        set_permissions(path.join(state), Permissions::from_mode(0o777)).expect("permissions");
    }
    let port = free_port();
    let tls = match name {
        Some(name) => format!(
            "tls_advertise_hosts = *\ntls_certificate = {}\ntls_privatekey = {}\n\
             tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1", // GnuTLS still speaks them unless told
            kept(pki, name, "pem", path),
            kept(pki, name, "key", path),
        ),
        None => "tls_advertise_hosts =".to_owned(),
    };
    let folder_of_state = path.display();
    let config = format!(
        "keep_environment =\nprimary_hostname = mail.test\nhost_lookup =\nrfc1413_hosts =\n\
         spool_directory = {folder_of_state}/spool\nlog_file_path = {folder_of_state}/log/%slog\n\
         pid_file_path = {folder_of_state}/pid\n\
         local_interfaces = 127.0.0.1\ndaemon_smtp_ports = {port}\n{tls}\n\
         begin acl\nbegin routers\nbegin transports\nbegin retry\n"
    );
    let file = path.join("exim.conf");
    write(&file, config).expect("a configuration");
    let mut command = Command::new("exim4");
    command.arg("-C").arg(&file).arg("-bdf");
    started(command, port, folder)
}

/// Starts Dovecot, which speaks IMAP; with `<name>.pem` and `<name>.key` of `pki` it offers TLS.
pub fn dovecot(pki: &Path, name: Option<&str>) -> Mail {
    let folder = opened();
    let path = folder.path();
    let port = free_port();
    let tls = match name {
        Some(name) => format!(
            "ssl = required\nssl_cert = <{}\nssl_key = <{}",
            kept(pki, name, "pem", path),
            kept(pki, name, "key", path),
        ),
        None => "ssl = no".to_owned(),
    };
    let folder_of_state = path.display();
    let config = format!(
        "base_dir = {folder_of_state}/run\nstate_dir = {folder_of_state}/run\nlog_path = /dev/stderr\n\
         protocols = imap\nlisten = 127.0.0.1\n{tls}\n\
         service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {port}\n  }}\n  \
         inet_listener imaps {{\n    port = 0\n  }}\n}}\n\
         passdb {{\n  driver = static\n}}\n"
    );
    let file = path.join("dovecot.conf");
    write(&file, config).expect("a configuration");
    let mut command = Command::new("dovecot");
    command.arg("-F").arg("-c").arg(&file);
    started(command, port, folder)
}

fn started(command: Command, port: u16, folder: TempDir) -> Mail {
    let server = Server::start(command, folder.path(), || accepts(port));
    Mail {
        port,
        _server: server,
        _folder: folder,
    }
}

/// A folder into which every user can look.
fn opened() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("permissions");
    folder
}

/// A copy that every user can read, also of the key, which is one of the test.
fn kept(pki: &Path, name: &str, end: &str, folder: &Path) -> String {
    let copy = folder.join(format!("server.{end}"));
    std::fs::copy(pki.join(format!("{name}.{end}")), &copy).expect("a copy");
    set_permissions(&copy, Permissions::from_mode(0o644)).expect("permissions");
    copy.display().to_string()
}
