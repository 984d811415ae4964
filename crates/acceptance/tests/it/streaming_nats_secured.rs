//! NATS servers that ask who comes, over TLS: with each way to log in rows are answered, and without it nothing is taken.

use std::fs;
use std::path::PathBuf;

use async_nats::{ConnectOptions, jetstream};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use nkeys::KeyPair;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::nats::{Nats, all_of, keep, put};
use crate::programs::ran;
use crate::streaming::row;
use crate::streaming_nats::{Answering, all_done, command, until};
use crate::trained;

/// Certificates of an authority of a test's own, and what else a client shows.
struct Papers(TempDir);

impl Papers {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "authority");
        let certificate = authority.self_signed(&key).unwrap();
        write("ca.pem", &certificate.pem());
        let issuer = Issuer::new(authority, key);
        for (name, usage) in
            [("server", ExtendedKeyUsagePurpose::ServerAuth), ("client", ExtendedKeyUsagePurpose::ClientAuth)]
        {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut params = CertificateParams::new(vec!["127.0.0.1".into(), "localhost".into()]).unwrap();
            params.extended_key_usages = vec![usage];
            params.distinguished_name.push(DnType::CommonName, name);
            write(&format!("{name}.pem"), &params.signed_by(&key, &issuer).unwrap().pem());
            write(&format!("{name}.key"), &key.serialize_pem());
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The path of a file that is to be shown.
    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.shown(name)
    }

    fn shown(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// What the server says of its certificate.
    fn tls(&self, verifies: bool) -> String {
        let (certificate, key, ca) =
            (self.shown("server.pem"), self.shown("server.key"), self.shown("ca.pem"));
        format!(
            "tls {{ cert_file: {certificate:?}, key_file: {key:?}, ca_file: {ca:?}, verify: {verifies} }}\n"
        )
    }

    fn trusting(&self) -> ConnectOptions {
        ConnectOptions::new().add_root_certificates(self.path("ca.pem")).require_tls(true)
    }
}

/// Answers rows of a server with this configuration, as the client `right` may. With the arguments `wrong` nobody is let in.
fn check(name: &str, config: &str, client: ConnectOptions, right: &[&str], wrong: &[&[&str]]) {
    let Some(nats) = Nats::configured(name, config) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let context = jetstream::new(nats.connected_with(client).await);
        keep(&context, "rows", &["rows.*"]).await;
        keep(&context, "answers", &["answers.*"]).await;
        keep(&context, "dead", &["dead.*"]).await;
        put(&context, "rows.iris", (0..20).map(row)).await;
        let model = trained::iris().artifact.to_str().unwrap();
        let command =
            |arguments: &[&str]| command(&nats.tls_url(), &[&["--model", model], arguments].concat());
        for arguments in wrong {
            let ended = ran(&mut command(arguments));
            assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
            assert!(ended.stderr.contains("cannot connect to NATS"), "{arguments:?}: {}", ended.stderr);
            let secrets = ["wrong", "opensesame"];
            assert!(secrets.iter().all(|secret| !ended.stderr.contains(secret)), "{}", ended.stderr);
        }
        let answering = Answering::of(command(right));
        until("all messages", async || all_done(&context).await).await;
        assert_eq!(answering.stop()["refused"], 0);
        assert_eq!(all_of(&context, "answers").await.len(), 20);
    });
}

#[test]
fn a_user_with_a_password_or_a_token_is_let_in() {
    let papers = Papers::new();
    let ca = papers.shown("ca.pem");
    let config = format!("{}authorization {{ user: forest, password: opensesame }}", papers.tls(false));
    let client = papers.trusting().user_and_password("forest".into(), "opensesame".into());
    let right = ["--nats-ca", &ca, "--nats-user", "forest", "--nats-password", "opensesame"];
    let wrong: [&[&str]; 3] = [
        &["--nats-ca", &ca, "--nats-user", "forest", "--nats-password", "wrong"],
        &["--nats-ca", &ca],
        // The system knows no such authority.
        &right[2..],
    ];
    check("nats-password", &config, client, &right, &wrong);

    let config = format!("{}authorization {{ token: opensesame }}", papers.tls(false));
    let client = papers.trusting().token("opensesame".into());
    let right = ["--nats-ca", &ca, "--nats-token", "opensesame"];
    check(
        "nats-token",
        &config,
        client,
        &right,
        &[&["--nats-ca", &ca, "--nats-token", "wrong"], &right[..2]],
    );
}

#[test]
fn a_certificate_of_the_client_is_asked_for() {
    let papers = Papers::new();
    let [ca, certificate, key] = ["ca.pem", "client.pem", "client.key"].map(|name| papers.shown(name));
    let client = papers.trusting().add_client_certificate(certificate.clone().into(), key.clone().into());
    let right = ["--nats-ca", &ca, "--nats-cert", &certificate, "--nats-key", &key];
    check("nats-certificate", &papers.tls(true), client, &right, &[&right[..2]]);
}

#[test]
fn an_nkey_is_let_in() {
    let papers = Papers::new();
    let ca = papers.shown("ca.pem");
    let (user, other) = (KeyPair::new_user(), KeyPair::new_user());
    let seed = papers.write("user.nk", &format!("{}\n", user.seed().unwrap()));
    let other = papers.write("other.nk", &other.seed().unwrap());
    let none = papers.write("none.nk", "no seed");
    let config =
        format!("{}authorization {{ users: [{{ nkey: {} }}] }}", papers.tls(false), user.public_key());
    let client = papers.trusting().nkey(user.seed().unwrap());
    let right = ["--nats-ca", &ca, "--nats-nkey", &seed];
    let wrong: [&[&str]; 3] =
        [&["--nats-ca", &ca, "--nats-nkey", &other], &["--nats-ca", &ca, "--nats-nkey", &none], &right[..2]];
    check("nats-nkey", &config, client, &right, &wrong);
}

#[test]
fn a_file_of_credentials_is_let_in() {
    let papers = Papers::new();
    let ca = papers.shown("ca.pem");
    let (operator, system, account) =
        (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_account());
    let of_account = |key: &KeyPair, storage: i64| {
        let limits = json!({
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
            "mem_storage": storage, "disk_storage": storage, "streams": storage, "consumer": storage,
        });
        signed(&operator, key, &json!({"limits": limits, "type": "account", "version": 2}))
    };
    let config = format!(
        "{}operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}: {}, {}: {} }}\n",
        papers.tls(false),
        signed(&operator, &operator, &json!({"type": "operator", "version": 2})),
        system.public_key(),
        system.public_key(),
        of_account(&system, 0),
        account.public_key(),
        of_account(&account, -1),
    );
    let credentials = |name: &str, account: &KeyPair| {
        let user = KeyPair::new_user();
        let claims = json!({"pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1, "type": "user", "version": 2});
        let (token, seed) = (signed(account, &user, &claims), user.seed().unwrap());
        papers.write(
            name,
            &format!(
                "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
            ),
        )
    };
    let good = credentials("user.creds", &account);
    let strange = credentials("strange.creds", &KeyPair::new_account());
    let text = fs::read_to_string(&good).unwrap();
    let client = papers.trusting().credentials(&text).unwrap();
    let right = ["--nats-ca", &ca, "--nats-creds", &good];
    check(
        "nats-creds",
        &config,
        client,
        &right,
        &[&["--nats-ca", &ca, "--nats-creds", &strange], &right[..2]],
    );
}

/// What one key says of another one, as NATS signs it.
fn signed(issuer: &KeyPair, subject: &KeyPair, nats: &Value) -> String {
    let issued = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let claims = json!({
        "jti": subject.public_key(), "iat": issued, "iss": issuer.public_key(), "name": "test",
        "sub": subject.public_key(), "nats": nats,
    });
    let encoded = |value: &Value| BASE64.encode(value.to_string());
    let text = format!("{}.{}", encoded(&json!({"typ": "JWT", "alg": "ed25519-nkey"})), encoded(&claims));
    let signature = BASE64.encode(issuer.sign(text.as_bytes()).unwrap());
    format!("{text}.{signature}")
}
