//! Ports that fail, throw what they may not, or panic: each ends as one typed error.

use crate::phone::Phone;
use companion_domain::reason::Code;
use companion_engine::values::SyncOptions;
use companion_ffi::{
    CancelToken,
    error::CompanionError,
    ports::{DeviceFactsError, KeyStoreError, TransportError},
};
use std::sync::Arc;
use uniffi::UnexpectedUniFFICallbackError;

fn unexpected() -> UnexpectedUniFFICallbackError {
    UnexpectedUniFFICallbackError::new("IllegalStateException: 山田 +81 90 1111 2222")
}

#[tokio::test]
async fn each_failure_of_the_key_store_has_its_answer() {
    let phone = Phone::joined().await;
    let unavailable = |reason| Some(CompanionError::Unavailable { reason });
    let cases: [(fn() -> KeyStoreError, _); 4] = [
        (|| KeyStoreError::NotNow, unavailable(Code::KeystoreNotNow)),
        (
            || KeyStoreError::NeedsUser,
            unavailable(Code::KeystoreNeedsUser),
        ),
        (
            || KeyStoreError::Gone,
            Some(CompanionError::RecoveryNeeded {
                reason: Code::KeystoreGone,
            }),
        ),
        (|| KeyStoreError::Cancelled, Some(CompanionError::Cancelled)),
    ];
    for (failure, expected) in cases {
        let ports = phone.ports();
        *ports.keys_fail.lock().unwrap() = Some(failure);
        assert_eq!(phone.open(ports).await.err(), expected);
    }
    assert!(phone.open(phone.ports()).await.is_ok());
}

#[tokio::test]
async fn a_port_that_throws_what_it_may_not_is_an_incident_without_its_words() {
    let phone = Phone::joined().await;
    let ports = phone.ports();
    *ports.keys_fail.lock().unwrap() = Some(|| unexpected().into());
    let error = phone.open(ports).await.err().unwrap();
    assert!(
        matches!(error, CompanionError::Internal { .. }),
        "{error:?}"
    );
    assert!(!error.to_string().contains("山田"));
}

#[tokio::test]
async fn a_device_that_cannot_tell_counts_as_locked() {
    let phone = Phone::joined().await;
    let mut ports = phone.ports();
    ports.protected = || Err(unexpected().into());
    let error = phone.open(ports).await.err().unwrap();
    assert!(
        matches!(error, CompanionError::Unavailable { .. }),
        "{error:?}"
    );
    assert!(matches!(
        DeviceFactsError::from(unexpected()),
        DeviceFactsError::Unknown
    ));
}

#[tokio::test]
async fn a_panic_in_a_port_is_an_incident_and_the_next_try_works() {
    let phone = Phone::joined().await;
    let mut ports = phone.ports();
    ports.protected = || panic!("山田");
    let error = phone.open(ports).await.err().unwrap();
    assert!(
        matches!(error, CompanionError::Internal { .. }),
        "{error:?}"
    );
    assert!(phone.open(phone.ports()).await.is_ok());
}

#[tokio::test]
async fn without_a_network_a_sync_says_offline_whatever_the_transport_throws() {
    let phone = Phone::joined().await;
    for network in [
        || Some(Err(TransportError::NotSent)),
        || Some(Err(TransportError::Lost)),
        || Some(Err(unexpected().into())),
    ] {
        let mut ports = phone.ports();
        ports.network = network;
        let client = phone.open(ports).await.unwrap();
        let synced = client.sync_once(SyncOptions::default(), CancelToken::new().unwrap());
        assert_eq!(synced.await.err(), Some(CompanionError::Offline));
        client.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_key_store_that_cannot_tell_its_level_is_taken_for_software() {
    let phone = Phone::joined().await;
    let ports = Arc::new(phone.ports());
    let client = phone.open(ports.clone()).await.unwrap();
    let level = async || client.diagnostics().await.unwrap().key_level;
    assert_eq!(level().await, "secure_element");
    *ports.keys_fail.lock().unwrap() = Some(|| unexpected().into());
    assert_eq!(level().await, "software");
}
