//! Messages that another server signs: a secret that both know stands in place of a key.
//!
//! The form is MLflow's, which follows the Standard Webhooks: the signature is the HMAC-SHA256 of `ID.TIME.BODY`, written as
//! `v1,BASE64`, and the time is a part of it, so that what somebody overheard is of no use later on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::header::HeaderMap;
use arc_swap::ArcSwap;
use ring::hmac::{HMAC_SHA256, Key, verify};
use thiserror::Error;

use super::basic::decoded;
use super::changes::Changes;
use super::keyring::Source;
use crate::error::ApiError;

const ID: &str = "x-mlflow-delivery-id";
const TIME: &str = "x-mlflow-timestamp";
const SIGNATURE: &str = "x-mlflow-signature";
/// Longest message, in bytes. Those of MLflow about an alias or a version have some hundreds.
pub(crate) const LONGEST_MESSAGE: usize = 64 * 1024;
/// How old a message may be, and how far ahead the clock of its sender.
const PATIENCE: Duration = Duration::from_secs(300);
/// Longest id of a message, in bytes; MLflow's have 36.
const LONGEST_ID: usize = 128;
/// Most signatures of one message, one for each secret that its sender is about to change between.
const MOST_SIGNATURES: usize = 4;
/// Most secrets at once: an old and a new one, and some to spare.
const MOST_SECRETS: usize = 4;
/// Shortest secret, in bytes: who knows one message can try shorter ones until one fits.
const SHORTEST: usize = 16;

/// Why there is no secret.
#[derive(Debug, Error)]
pub enum WebhookError {
    /// The file cannot be read.
    #[error(
        "cannot read the secret in {}, given by WEBHOOK_SECRET_FILE (or --webhook-secret-file): {source}",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// What is there is no secret. It is not told what: it may be one.
    #[error(
        "the secret of webhooks, given by WEBHOOK_SECRET or WEBHOOK_SECRET_FILE: expected one to {MOST_SECRETS} lines of at \
         least {SHORTEST} bytes each; `openssl rand -hex 32` makes one"
    )]
    NoSecret,
}

/// The secrets that are valid at this moment.
#[derive(Debug)]
pub struct Webhook {
    keys: ArcSwap<Vec<Key>>,
    /// The file that they came from.
    file: Option<(PathBuf, Changes)>,
}

/// What stands above a message, of the right form and not too old. Whether it is signed is known with the body.
pub(crate) struct SignedHead<'a> {
    id: &'a str,
    time: &'a str,
    signatures: Vec<Vec<u8>>,
}

impl Webhook {
    /// Reads the secrets, one a line.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(source: &Source) -> Result<Self, WebhookError> {
        match source {
            Source::File(path) => {
                let changes = Changes::of(&[path]);
                let keys = ArcSwap::from_pointee(read(path)?);
                Ok(Self { keys, file: Some((path.clone(), changes)) })
            }
            Source::Text(text) => Ok(Self { keys: ArcSwap::from_pointee(keys(text)?), file: None }),
        }
    }

    /// Reads the file again, or only if it has changed. One that cannot be read leaves the secrets as they are.
    pub(super) fn refresh(&self, always: bool) {
        let Some((path, changes)) = &self.file else { return };
        if !changes.noticed() && !always {
            return;
        }
        match read(path) {
            Ok(keys) => self.keys.store(Arc::new(keys)),
            Err(error) => tracing::error!(reason = %error, "the secret of webhooks stays as it was"),
        }
    }

    /// Whether this body was signed by somebody who knows a secret, in a time that does not tell where signatures differ.
    ///
    /// # Errors
    /// [`ApiError::NotSigned`].
    pub(crate) fn check(&self, head: &SignedHead<'_>, body: &[u8]) -> Result<(), ApiError> {
        let mut signed = Vec::with_capacity(head.id.len() + head.time.len() + 2 + body.len());
        for part in [head.id.as_bytes(), b".", head.time.as_bytes(), b".", body] {
            signed.extend_from_slice(part);
        }
        let keys = self.keys.load();
        let is_signed = head.signatures.iter().any(|signature| {
            // `verify` compares in constant time.
            keys.iter().any(|key| verify(key, &signed, signature).is_ok())
        });
        if is_signed { Ok(()) } else { Err(ApiError::NotSigned { why: "its signature is another one" }) }
    }
}

impl<'a> SignedHead<'a> {
    /// Reads the headers, before any body.
    ///
    /// # Errors
    /// [`ApiError::NotSigned`] when one is missing, doubled or of another form, or the message is too old.
    pub(crate) fn read(headers: &'a HeaderMap, now: SystemTime) -> Result<Self, ApiError> {
        let wrong = |why| ApiError::NotSigned { why };
        let one = |name| {
            let mut values = headers.get_all(name);
            let value = values.next().and_then(|value| value.to_str().ok());
            value.filter(|_| values.next().is_none())
        };
        let unsigned = "it needs one each of the headers X-MLflow-Delivery-Id, X-MLflow-Timestamp and X-MLflow-Signature";
        let (Some(id), Some(time), Some(signature)) = (one(ID), one(TIME), one(SIGNATURE)) else {
            return Err(wrong(unsigned));
        };
        if id.is_empty() || id.len() > LONGEST_ID {
            return Err(wrong("its id is none"));
        }
        let at = time.parse().ok().filter(|_| time.bytes().all(|byte| byte.is_ascii_digit()));
        let at = at.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        let at = at.ok_or_else(|| wrong("its time is none: expected seconds since 1970"))?;
        let apart = now.duration_since(at).unwrap_or_else(|ahead| ahead.duration());
        if apart > PATIENCE {
            return Err(wrong("its time is more than five minutes from that of this server"));
        }
        let signatures: Vec<_> = signature
            .split(' ')
            .take(MOST_SIGNATURES)
            .filter_map(|one| decoded(one.strip_prefix("v1,")?))
            .collect();
        match signatures.is_empty() {
            true => Err(wrong("its signature is none of the form v1,BASE64")),
            false => Ok(Self { id, time, signatures }),
        }
    }
}

fn read(path: &Path) -> Result<Vec<Key>, WebhookError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| WebhookError::Unreadable { path: path.into(), source })?;
    keys(&text)
}

fn keys(text: &str) -> Result<Vec<Key>, WebhookError> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let is_sound =
        (1..=MOST_SECRETS).contains(&lines.len()) && lines.iter().all(|line| line.len() >= SHORTEST);
    if !is_sound {
        return Err(WebhookError::NoSecret);
    }
    Ok(lines.iter().map(|line| Key::new(HMAC_SHA256, line.as_bytes())).collect())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const SECRET: &str = "a secret of webhooks";
    const NOW: u64 = 1_790_000_000;
    const BODY: &[u8] = b"{\"entity\": \"model_version_alias\"}";
    // printf 'd1.1790000000.{"entity": "model_version_alias"}' | openssl dgst -sha256 -hmac 'a secret of webhooks' -binary | base64
    const SIGNED: &str = "v1,mqEaf2GWGPReiUAycSE2bNe6EAkHhp1rnceYDujEPIQ=";

    fn checked(
        webhook: &Webhook,
        headers: &[(&'static str, &str)],
        body: &[u8],
        now: u64,
    ) -> Result<(), String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let now = UNIX_EPOCH + Duration::from_secs(now);
        let checked = SignedHead::read(&map, now).and_then(|head| webhook.check(&head, body));
        checked.map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_signed_and_young_passes_and_nothing_else() {
        let webhook = Webhook::open(&Source::Text(SECRET.into())).unwrap();
        let time = NOW.to_string();
        let check = |headers: &[(&'static str, &str)], body: &[u8], now: u64, expected: Option<&str>| {
            let said = checked(&webhook, headers, body, now);
            match expected {
                None => assert_eq!(said, Ok(()), "{headers:?}"),
                Some(part) => assert!(said.as_ref().is_err_and(|said| said.contains(part)), "{said:?}"),
            }
        };
        let good = [(ID, "d1"), (TIME, time.as_str()), (SIGNATURE, SIGNED)];
        check(&good, BODY, NOW, None);
        check(&good, BODY, NOW + 300, None);
        check(&good, BODY, NOW - 300, None);
        check(&good, BODY, NOW + 301, Some("more than five minutes"));
        check(&good, BODY, NOW - 301, Some("more than five minutes"));
        check(&good, b"{\"entity\": \"model_version\"}", NOW, Some("another one"));
        check(&good[1..], BODY, NOW, Some("it needs one each"));
        check(&good[..2], BODY, NOW, Some("it needs one each"));
        check(&[good[0], good[0], good[1], good[2]], BODY, NOW, Some("it needs one each"));
        check(&[(ID, "d2"), good[1], good[2]], BODY, NOW, Some("another one"));
        check(&[(ID, ""), good[1], good[2]], BODY, NOW, Some("its id is none"));
        let later = (NOW + 1).to_string();
        check(&[good[0], (TIME, &later), good[2]], BODY, NOW, Some("another one"));
        for time in ["", "-1", "+1790000000", "1790000000.0", "99999999999999999999"] {
            check(&[good[0], (TIME, time), good[2]], BODY, NOW, Some("its time is none"));
        }
        for signature in ["", "v1,", "v2,AAAA", &SIGNED[3..], "v1,AAAA", "v1,!!!!"] {
            check(&[good[0], good[1], (SIGNATURE, signature)], BODY, NOW, Some("its signature is"));
        }
        let two = format!("v1,AAAA {SIGNED}");
        check(&[good[0], good[1], (SIGNATURE, &two)], BODY, NOW, None);
        let many = format!("v1,AAAA v1,AAAA v1,AAAA v1,AAAA {SIGNED}");
        check(&[good[0], good[1], (SIGNATURE, &many)], BODY, NOW, Some("another one"));
    }

    #[test]
    fn secrets_are_changed_by_their_file_and_short_ones_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(Webhook::open(&Source::File(path.clone())).unwrap_err().to_string().contains("cannot read"));
        for wrong in ["", "\n", "short", "sixteen bytes is\nshort", &"sixteen bytes is\n".repeat(5)] {
            std::fs::write(&path, wrong).unwrap();
            assert!(
                matches!(Webhook::open(&Source::File(path.clone())), Err(WebhookError::NoSecret)),
                "{wrong:?}"
            );
        }
        std::fs::write(&path, "the secret of before\n").unwrap();
        let webhook = Webhook::open(&Source::File(path.clone())).unwrap();
        let time = NOW.to_string();
        let passes =
            || checked(&webhook, &[(ID, "d1"), (TIME, &time), (SIGNATURE, SIGNED)], BODY, NOW).is_ok();
        assert!(!passes());
        std::fs::write(&path, format!("the secret of before\n{SECRET}\n")).unwrap();
        webhook.refresh(false);
        assert!(passes());
        std::fs::write(&path, "short").unwrap();
        webhook.refresh(true);
        assert!(passes(), "a broken file changes nothing");
    }
}
