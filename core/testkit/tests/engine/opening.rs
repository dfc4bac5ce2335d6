//! Opening, closing, suspending: what each answers, and that a wrong key touches nothing.

use crate::{
    forge::{self, Forge},
    phone::{Phone, Time, until},
};
use companion_domain::reason::Code;
use companion_engine::{
    CancelToken, CompanionClient, CompanionError,
    ports::KeyStoreError,
    values::{BindTo, Page, SyncOptions},
};
use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::Duration};

const PEER: &str = "819011112222";

fn refusal(opened: Result<Arc<CompanionClient>, CompanionError>) -> CompanionError {
    match opened {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_key_that_is_not_there_or_not_now_or_another_is_told_and_touches_no_file() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    phone.client.close().await.unwrap();
    let folder = phone.options.root.join(phone.options.enrolment.as_str());
    let before = files(&folder);
    for (error, answer) in [
        (
            KeyStoreError::NotNow,
            CompanionError::Unavailable {
                reason: Code::KeystoreNotNow,
            },
        ),
        (
            KeyStoreError::NeedsUser,
            CompanionError::Unavailable {
                reason: Code::KeystoreNeedsUser,
            },
        ),
        (
            KeyStoreError::Gone,
            CompanionError::RecoveryNeeded {
                reason: Code::KeystoreGone,
            },
        ),
        (KeyStoreError::Cancelled, CompanionError::Cancelled),
    ] {
        phone.keys.fail_with(Some(error));
        assert_eq!(refusal(phone.open().await), answer);
    }
    phone.keys.fail_with(None);
    let store = phone.folder.path().join("keystore");
    for word in ["work", "slot.1", "personal"] {
        let name = &format!("companion.{}.{word}", phone.options.enrolment.as_str());
        let kept = fs::read(store.join(name)).unwrap();
        fs::write(store.join(name), [7; 32]).unwrap();
        assert!(matches!(
            refusal(phone.open().await),
            CompanionError::RecoveryNeeded { .. }
        ));
        fs::write(store.join(name), kept).unwrap();
    }
    assert_eq!(files(&folder), before);
    phone.open().await.unwrap();
}

#[tokio::test]
async fn each_key_in_the_hardware_belongs_to_one_enrolment() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let keys = files(&phone.folder.path().join("keystore"));
    assert_eq!(keys.len(), 4);
    let own = phone.options.enrolment.as_str();
    assert!(
        keys.keys().all(|name| name.contains(own)),
        "{:?}",
        keys.keys()
    );
}

#[tokio::test]
async fn files_of_another_enrolment_are_told_before_anything_is_written() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let (_, other) = Forge::with_phone(&time).await;
    for one in [&phone, &other] {
        one.client.close().await.unwrap();
    }
    let folder = |phone: &Phone| phone.options.root.join(phone.options.enrolment.as_str());
    for (file, code) in [
        ("vault.db", Code::VaultWrongKey),
        ("personal.db", Code::VaultWrongKey),
        ("grant.sealed", Code::GrantOtherKey),
    ] {
        let path = folder(&phone).join(file);
        let kept = fs::read(&path).unwrap();
        let foreign = fs::read(folder(&other).join(file)).unwrap();
        fs::write(&path, &foreign).unwrap();
        let reason = code;
        assert_eq!(
            refusal(phone.open().await),
            CompanionError::RecoveryNeeded { reason },
            "{file}"
        );
        assert_eq!(fs::read(&path).unwrap(), foreign);
        fs::write(&path, kept).unwrap();
    }
    let mut missing = phone.options.clone();
    missing.enrolment = companion_domain::id::EnrolmentId::new("nobody");
    let opened =
        CompanionClient::open_with(missing, phone.ports.clone(), phone.surroundings.clone());
    assert_eq!(refusal(opened.await), CompanionError::NotEnrolled);
    assert_eq!(CompanionClient::list(&phone.options.root).unwrap().len(), 1);
    assert!(
        CompanionClient::list(Path::new("/nowhere"))
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn one_folder_has_one_client_at_a_time() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let reason = Code::ClientBusy;
    tokio::time::pause();
    assert_eq!(
        refusal(phone.open().await),
        CompanionError::Unavailable { reason }
    );
    tokio::time::resume();
    phone.client.close().await.unwrap();
    phone.open().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_is_given_back_late_is_waited_for() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    phone.client.close().await.unwrap();
    let enrolment = phone.options.root.join(phone.options.enrolment.as_str());
    let taken = fs::File::open(enrolment.join("lock")).unwrap();
    taken.lock().unwrap();
    let given_back = async {
        tokio::time::sleep(Duration::from_secs(15)).await;
        drop(taken);
    };
    tokio::time::pause();
    let (opened, ()) = tokio::join!(phone.open(), given_back);
    tokio::time::resume();
    opened.unwrap();
}

#[tokio::test]
async fn while_suspended_everything_says_so_and_closed_is_for_good() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let client = &phone.client;
    phone.bind(PEER, BindTo::Work).await;
    let suspended = CompanionError::Unavailable {
        reason: Code::ClientSuspended,
    };
    client.suspend().await.unwrap();
    client.suspend().await.unwrap();
    assert_eq!(client.state().unwrap().phase, "suspended");
    assert_eq!(
        client.inbox(Page::default()).await.err(),
        Some(suspended.clone())
    );
    assert_eq!(
        client.journal(Page::default()).await.err(),
        Some(suspended.clone())
    );
    assert_eq!(phone.sync().await, Err(suspended));
    let wal = phone
        .options
        .root
        .join(phone.options.enrolment.as_str())
        .join("vault.db-wal");
    assert!(!wal.exists(), "a file is still open");
    let (one, two) = tokio::join!(client.resume(), client.resume());
    one.unwrap();
    two.unwrap();
    client.resume().await.unwrap();
    forge.put("event", &forge::text(PEER, "wamid.1", "見積"));
    phone.sync().await.unwrap();
    assert_eq!(client.inbox(Page::default()).await.unwrap().items.len(), 1);

    let changes = client.changes();
    client.close().await.unwrap();
    client.close().await.unwrap();
    until("the stream's end", async || {
        changes.next().await.is_none().then_some(())
    })
    .await;
    assert_eq!(client.changes().next().await, None);
    assert_eq!(client.state().unwrap().phase, "closed");
    assert_eq!(
        client.inbox(Page::default()).await.err(),
        Some(CompanionError::Closed)
    );
    assert_eq!(client.resume().await, Err(CompanionError::Closed));
    assert_eq!(client.suspend().await, Err(CompanionError::Closed));
}

#[tokio::test]
async fn suspending_ends_a_synchronisation_and_waits_for_none_that_nobody_polls() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let client = phone.client.clone();
    let cancel = Arc::new(CancelToken::default());
    let mut held = Box::pin(client.sync_once(SyncOptions::default(), cancel));
    assert!(futures_poll(&mut held).await.is_none());
    let reason = Code::ClientBusy;
    tokio::time::pause();
    assert_eq!(
        phone.client.suspend().await,
        Err(CompanionError::Unavailable { reason })
    );
    tokio::time::resume();
    let reason = Code::ClientSuspended;
    assert_eq!(held.await, Err(CompanionError::Unavailable { reason }));
    phone.client.resume().await.unwrap();
    phone.sync().await.unwrap();
}

/// Polls a future once.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn a_cancelled_call_ends_and_the_next_one_works() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let cancel = Arc::new(CancelToken::default());
    cancel.cancel();
    let cancelled = phone.client.sync_once(SyncOptions::default(), cancel).await;
    assert_eq!(cancelled, Err(CompanionError::Cancelled));
    phone.sync().await.unwrap();
    // The deadline ends a synchronisation between its steps.
    let options = SyncOptions {
        deadline: Duration::ZERO,
        wait: Duration::ZERO,
    };
    let report = phone
        .client
        .sync_once(options, Arc::default())
        .await
        .unwrap();
    assert!(!report.complete);
}

#[tokio::test]
async fn decisions_are_journaled_by_code_alone() {
    let time = Time::new();
    let (_, mut phone) = Forge::with_phone(&time).await;
    phone.accept().await;
    phone.bind(PEER, BindTo::Work).await;
    phone.bind(PEER, BindTo::Work).await;
    phone.bind(PEER, BindTo::Personal).await;
    phone.restart().await;
    let journal = phone.client.journal(Page::default()).await.unwrap().items;
    let codes: Vec<_> = journal.iter().map(|entry| entry.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "enrolment.joined",
            "account.accepted",
            "conversation.bound",
            "conversation.personal"
        ]
    );
    let text = serde_json::to_string(&journal).unwrap();
    assert!(!text.contains(PEER));
    let page = Page {
        after: Some(2),
        limit: 1,
    };
    let next = phone.client.journal(page).await.unwrap();
    assert_eq!((next.items[0].n, next.next), (3, Some(3)));
}
