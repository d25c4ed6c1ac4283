//! Dashboards: what the program exports of two addresses is valid, and means what Prometheus' blackbox exporter and
//! `openssl x509` say.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use rcgen::DnType;

use crate::fixtures::chains::{Node, authority, pem, server, valid};
use crate::support::nginx;
use crate::support::ports::free_port;
use crate::support::prometheus::{promtool, samples};
use crate::support::tls::{NAME, now};
use crate::support::tminus::Desk;

#[test]
fn metrics_of_a_run_are_valid_and_say_what_openssl_says() {
    let desk = Desk::new();
    let root = Node::root(authority("Dashboard Root"));
    desk.write("roots.pem", pem(&[&root.der]));
    let folder = desk.path("");
    let port = free_port();
    let mut servers = String::new();
    for (last, days, version) in [(1_u8, 40, "TLSv1.3"), (2, 60, "TLSv1.2")] {
        let mut params = server(&[NAME, "www.gw.test"]);
        let names = &mut params.distinguished_name;
        names.push(DnType::OrganizationName, "Pixel, \"Rüsh\"; \\ <b>");
        names.push(DnType::CountryName, "SG");
        valid(&mut params, now() - 86_400, now() + days * 86_400);
        let leaf = root.issue(params);
        let name = format!("site-{last}");
        desk.write(&format!("{name}.pem"), pem(&[&leaf.der]));
        desk.write(&format!("{name}.key"), leaf.key_pem());
        let at = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), port));
        let server = nginx::tls(&folder, &[at], &name);
        servers.push_str(&server.replace("return", &format!("ssl_protocols {version}; return")));
    }
    let _nginx = nginx::start(&folder, port, &servers);
    let checklist = format!(
        "[launch]\nname = \"metrics\"\n[[check]]\nid = \"edge\"\nmodule = \"tls\"\nendpoints = [\"{NAME}:{port}\"]\n\
         addresses = [\"127.0.0.1\", \"127.0.0.2\"]\ntls.ca-file = \"roots.pem\"\nallow-different = true\n"
    );
    desk.write("checklist.toml", &checklist);
    let run = [
        "run",
        "checklist.toml",
        "--format",
        "openmetrics,json",
        "--quiet",
    ];
    desk.run(&run).expect(0);
    let file = desk.path("tminus-report/report.prom");
    let checked = promtool(&file);
    assert!(checked.status.success(), "{checked:?}");
    let samples = samples(&file);
    let sample = |start: &str, address: &str| -> String {
        let label = format!("{{address={address},");
        let mut lines = samples
            .lines()
            .filter(|line| line.contains(start) && line.contains(&label));
        match (lines.next(), lines.next()) {
            (Some(line), None) => line.to_owned(),
            _ => panic!("not one of {start} at {address} in\n{samples}"),
        }
    };
    for (last, agreed, suite) in [
        (1, "TLS 1.3", "TLS_AES_256_GCM_SHA384"),
        (2, "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    ] {
        let address = format!("127.0.0.{last}");
        let certificate = format!("site-{last}.pem");
        let info = sample(" probe_ssl_last_chain_info{", &address);
        let subject = openssl(
            &desk,
            &certificate,
            &["-subject", "-nameopt", "RFC2253,-esc_msb,utf8"],
        );
        assert!(
            info.contains(&format!(",subject={subject},")),
            "{subject}\n{info}"
        );
        assert!(info.contains(",issuer=CN=Dashboard Root,"), "{info}");
        assert!(
            info.contains(",subjectalternative=gw.test,www.gw.test}"),
            "{info}"
        );
        let serial = openssl(&desk, &certificate, &["-serial"]).to_lowercase();
        assert!(info.contains(&format!(",serialnumber={serial},")), "{info}");
        let print = openssl(&desk, &certificate, &["-fingerprint", "-sha256"]);
        let print = print.replace(':', "").to_lowercase();
        assert!(
            info.contains(&format!(",fingerprint_sha256={print},")),
            "{info}"
        );
        let expiry = sample(" probe_ssl_last_chain_expiry_timestamp_seconds{", &address);
        let mut date = Command::new("date");
        let end = openssl(&desk, &certificate, &["-enddate"]);
        let date = date.args(["-u", "+%s", "-d", &end]).output().unwrap();
        let end: f64 = String::from_utf8(date.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        let value: f64 = expiry.rsplit(' ').next().unwrap().parse().unwrap();
        assert!((value - end).abs() < 0.5, "{expiry} {end}");
        let version = sample(" probe_tls_version_info{", &address);
        assert!(
            version.contains(&format!(",version={agreed}}}")),
            "{version}"
        );
        let cipher = sample(" probe_tls_cipher_info{", &address);
        assert!(cipher.contains(&format!(",cipher={suite},")), "{cipher}");
    }
}

/// What `openssl x509` says of a certificate, behind the name of the field.
fn openssl(desk: &Desk, certificate: &str, options: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(["x509", "-noout", "-in"])
        .arg(desk.path(certificate))
        .args(options)
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    let (_, said) = text.trim().split_once('=').unwrap();
    said.to_owned()
}
