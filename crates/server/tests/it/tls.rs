//! Encryption: certificates of the server and of clients, those that are wrong, and those that change.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use inference_proto::inference::ModelInferResponse;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;
use tokio_rustls::TlsConnector;

use crate::grpc_client::{Client, boston_question};
use crate::running::{Running, free_port, program, write_artifact};
use crate::service::boston_row;

/// An authority, and the certificates that it issues into a folder.
pub(crate) struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// The files of a certificate and its key.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority");
        let pem = params.self_signed(&key).unwrap().pem();
        Self { folder: TempDir::new().unwrap(), issuer: Issuer::new(params, key), pem }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The certificate of the authority itself.
    fn own(&self) -> PathBuf {
        self.file("authority.pem", &self.pem)
    }

    pub(crate) fn issue(&self, name: &str) -> Issued {
        self.issue_until(name, 2100)
    }

    fn issue_until(&self, name: &str, year: i32) -> Issued {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Issued {
            certificate: self.file(&format!("{name}.pem"), &certificate.pem()),
            key: self.file(&format!("{name}.key"), &key.serialize_pem()),
        }
    }

    /// Connects to a server of one of its certificates; with a certificate for the client, or without.
    fn connect(&self, server: &Running, client: Option<&Issued>) -> Connection {
        Connection(BufReader::new(self.open(server.port, client, b"http/1.1")))
    }

    /// How a client that trusts this authority connects to speak this protocol.
    fn client(&self, client: Option<&Issued>, protocol: &[u8]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match client {
            None => config.with_no_client_auth(),
            Some(Issued { certificate, key }) => {
                let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
                config.with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap()).unwrap()
            }
        };
        config.alpn_protocols = vec![protocol.to_vec()];
        Arc::new(config)
    }

    /// An encrypted connection to a port on which this protocol is spoken.
    pub(crate) fn open(
        &self,
        port: u16,
        client: Option<&Issued>,
        protocol: &[u8],
    ) -> StreamOwned<ClientConnection, TcpStream> {
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(self.client(client, protocol), name).unwrap();
        let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
        for time in [TcpStream::set_read_timeout, TcpStream::set_write_timeout] {
            time(&socket, Some(std::time::Duration::from_secs(10))).unwrap();
        }
        StreamOwned::new(connection, socket)
    }
}

struct Connection(BufReader<StreamOwned<ClientConnection, TcpStream>>);

impl Connection {
    /// The head of the answer to a question, on a connection that stays open.
    fn ask(&mut self) -> std::io::Result<String> {
        let row = boston_row().to_string();
        let length = row.len();
        write!(
            self.0.get_mut(),
            "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{row}"
        )?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
        self.0.read_exact(&mut vec![0; length.parse().unwrap()])?;
        Ok(head)
    }

    fn certificate(&self) -> Vec<u8> {
        self.0.get_ref().conn.peer_certificates().unwrap()[0].to_vec()
    }
}

fn der(path: &Path) -> Vec<u8> {
    CertificateDer::from_pem_file(path).unwrap().to_vec()
}

fn secured(folder: &TempDir, Issued { certificate, key }: &Issued) -> Command {
    write_artifact(folder.path(), "boston", 1, 1.0);
    let mut command = program();
    command.arg("--model-folder").arg(folder.path());
    command.arg("--tls-cert").arg(certificate).arg("--tls-key").arg(key);
    command
}

#[test]
fn a_certificate_changes_under_open_connections() {
    let (authority, models) = (Authority::new(), TempDir::new().unwrap());
    let (first, second) = (authority.issue("first"), authority.issue("second"));
    let served = authority.issue("served");
    let install = |issued: &Issued| {
        std::fs::copy(&issued.key, &served.key).unwrap();
        std::fs::copy(&issued.certificate, &served.certificate).unwrap();
    };
    install(&first);
    let server = Running::start(&mut secured(&models, &served));
    let mut old = authority.connect(&server, None);
    let head = old.ask().unwrap();
    assert!(
        head.starts_with("HTTP/1.1 200") && head.contains("strict-transport-security: max-age="),
        "{head}"
    );
    assert_eq!(old.certificate(), der(&first.certificate));

    // A key of another certificate is not taken.
    std::fs::copy(&second.key, &served.key).unwrap();
    server.signal("-HUP");
    server.waits_for("the certificate stays as it was");
    let mut meanwhile = authority.connect(&server, None);
    meanwhile.ask().unwrap();
    assert_eq!(meanwhile.certificate(), der(&first.certificate));

    install(&second);
    server.signal("-HUP");
    server.waits_for("certificate read");
    let mut new = authority.connect(&server, None);
    new.ask().unwrap();
    assert_eq!(new.certificate(), der(&second.certificate));
    assert!(old.ask().unwrap().starts_with("HTTP/1.1 200"));
    assert!(server.log().contains("is not that of the first certificate"), "{}", server.log());
}

#[test]
fn a_client_must_show_a_certificate_of_the_right_authority() {
    let (authority, other, models) = (Authority::new(), Authority::new(), TempDir::new().unwrap());
    let mut command = secured(&models, &authority.issue("served"));
    let server = Running::start(command.arg("--tls-client-ca").arg(authority.own()));
    let ask = |client: Option<&Issued>| authority.connect(&server, client).ask();
    assert!(ask(Some(&authority.issue("client"))).unwrap().starts_with("HTTP/1.1 200"));
    assert!(ask(None).is_err());
    assert!(ask(Some(&other.issue("client"))).is_err());
    assert!(ask(Some(&authority.issue_until("late", 2020))).is_err());
    // Who speaks no TLS gets no answer, and the others go on.
    let mut plain = server.connect();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"));
    assert!(ask(Some(&authority.issue("client"))).is_ok());
}

/// gRPC stands behind the same certificate, and asks its clients for theirs.
#[test]
fn grpc_is_encrypted_with_the_certificates_of_http() {
    let (authority, models) = (Authority::new(), TempDir::new().unwrap());
    let mut command = secured(&models, &authority.issue("served"));
    let port = free_port();
    command.arg("--tls-client-ca").arg(authority.own()).env("GRPC_PORT", port.to_string());
    let _server = Running::start(&mut command);
    let question = boston_question();
    let ask = async |issued: Option<&Issued>| {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let connector = TlsConnector::from(authority.client(issued, b"h2"));
        let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        Client::over(stream).await.try_infer(&question).await
    };
    actix_web::rt::System::new().block_on(async {
        let answer = ask(Some(&authority.issue("client"))).await.unwrap().message::<ModelInferResponse>();
        let contents = answer.outputs[0].contents.as_ref().unwrap();
        assert_eq!(contents.fp64_contents, [1.0]);
        assert!(ask(None).await.is_err(), "a client without a certificate is not served");
    });
}

/// The probe of an image has no certificate; on the machine itself the admin address needs none.
#[test]
fn a_health_check_passes_beside_encryption() {
    let (authority, models) = (Authority::new(), TempDir::new().unwrap());
    let issued = authority.issue("served");
    let server = Running::start(&mut secured(&models, &issued));
    let mut check = program();
    check.arg("--health-check").env("ADMIN_BIND", format!("127.0.0.1:{}", server.admin_port));
    check.arg("--tls-cert").arg(&issued.certificate).arg("--tls-key").arg(&issued.key);
    assert!(check.status().unwrap().success());
}

#[test]
fn wrong_files_are_told_with_the_cure() {
    let authority = Authority::new();
    let good = authority.issue("good");
    let check = |certificate: &Path, key: &Path, words: &[&str]| {
        let issued = Issued { certificate: certificate.into(), key: key.into() };
        let output = secured(&TempDir::new().unwrap(), &issued).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        for word in words {
            assert!(message.contains(word), "{message} says {word}");
        }
    };
    let other = authority.issue("other");
    check(&good.certificate, &other.key, &["good.pem", "other.key", "issued together"]);
    check(&good.key, &good.key, &["no certificate in", "good.key", "BEGIN CERTIFICATE"]);
    check(&good.certificate, &good.certificate, &["no private key in", "good.pem", "BEGIN PRIVATE KEY"]);
    check(Path::new("/nowhere.pem"), &good.key, &["/nowhere.pem", "TLS_CERT"]);
    check(&good.certificate, Path::new("/nowhere.key"), &["/nowhere.key", "TLS_KEY"]);
    let late = authority.issue_until("late", 2020);
    check(&late.certificate, &late.key, &["late.pem", "has expired"]);
    let sealed = authority.file(
        "sealed.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    check(&good.certificate, &sealed, &["sealed.key", "openssl pkey"]);
}
