//! What an extension kept is taken in once and in order at the next opening, resuming or synchronising, and nothing that lies
//! in the shared folder keeps the rest from it.

use crate::{
    forge::{self, Forge},
    locked,
    phone::{ENROLMENT, Phone, TENANT, Time},
};
use companion_crypto::{hpke::KeyPair, random::SystemRandom, secret::Key};
use companion_domain::{
    fault::FaultPoints,
    id::{EnrolmentId, TenantId},
    policy::{LockScreen, Policy},
    time::Timestamp,
};
use companion_engine::values::{BindTo, ChangeHint};
use companion_sealer::{Extension, InboxSealer, Item, Name, SealerError, inbox};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

const PEER: &str = "819011112222";
const READER: &str = "whatsapp_cloud";

fn shared(phone: &Phone) -> PathBuf {
    phone.options.shared.clone().unwrap()
}

/// The extension's side, on the phone's clock.
fn extension(phone: &Phone) -> InboxSealer {
    let (clock, random) = (phone.surroundings.clock.clone(), Arc::new(SystemRandom));
    InboxSealer::open_with(shared(phone), clock, random, FaultPoints::default())
}

fn text(n: usize) -> String {
    forge::text(PEER, &format!("wamid.{n}"), &n.to_string())
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

/// How many files of the shared inbox end with `ending`.
fn files(phone: &Phone, ending: &str) -> usize {
    let entries = fs::read_dir(shared(phone).join("inbox")).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(ending)).count()
}

#[tokio::test]
async fn what_came_meanwhile_is_there_in_order_after_opening_resuming_and_synchronising() {
    let time = Time::new();
    let (_, mut phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    let extension = extension(&phone);
    let append = |range: std::ops::Range<usize>| {
        for n in range {
            extension.append(READER, text(n).as_bytes()).unwrap();
        }
    };
    // More than one transaction takes.
    append(0..100);
    phone.restart().await;
    assert_eq!(phone.texts(&chat).await, numbers(0..100));

    phone.client.suspend().await.unwrap();
    append(100..103);
    let changes = phone.client.changes();
    phone.client.resume().await.unwrap();
    assert_eq!(phone.texts(&chat).await, numbers(0..103));
    let expected = ChangeHint::Conversation { key: chat.clone() };
    let heard = tokio::time::timeout(Duration::from_secs(60), changes.next()).await;
    assert_eq!(heard, Ok(Some(expected)));

    append(103..105);
    let report = phone.sync().await.unwrap();
    assert_eq!(report.received, 2);
    assert_eq!(phone.texts(&chat).await, numbers(0..105));
    assert_eq!(files(&phone, ""), 0);
    assert_eq!(phone.client.state().unwrap().recorded, 2 + 105);
}

#[tokio::test]
async fn what_comes_twice_is_there_once_whichever_way_it_comes() {
    let time = Time::new();
    let (forge, mut phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    let extension = extension(&phone);
    for n in [1, 2, 1, 3, 2] {
        extension.append(READER, text(n).as_bytes()).unwrap();
    }
    forge.put("event", &text(2));
    forge.put("event", &text(3));
    phone.sync().await.unwrap();
    extension.append(READER, text(3).as_bytes()).unwrap();
    phone.restart().await;
    assert_eq!(phone.texts(&chat).await, ["1", "2", "3"]);
}

/// What tells is what a person decided in between: taken again, the item would come back.
#[tokio::test]
async fn a_file_that_was_taken_and_is_still_there_is_not_taken_again() {
    let time = Time::new();
    let (_, mut phone) = Forge::with_phone(&time).await;
    let sealer = extension(&phone);
    sealer.append(READER, text(1).as_bytes()).unwrap();
    let name = inbox::waiting(&shared(&phone)).unwrap()[0].to_string();
    let file = shared(&phone).join("inbox").join(&name);
    let kept = phone.folder.path().join("kept");
    fs::copy(&file, &kept).unwrap();
    assert_eq!(phone.sync().await.unwrap().received, 1);
    phone.bind(PEER, BindTo::Personal).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    // As after a kill between the commit and the removal.
    fs::copy(&kept, &file).unwrap();
    assert_eq!(phone.sync().await.unwrap().received, 0);
    fs::copy(&kept, &file).unwrap();
    sealer.append(READER, text(2).as_bytes()).unwrap();
    phone.restart().await;
    assert_eq!(phone.texts(&chat).await, ["2"]);
    assert_eq!(files(&phone, ""), 0);
}

#[tokio::test]
async fn what_does_not_open_is_set_aside_and_blocks_nothing() {
    let time = Time::new();
    let (_, mut phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    let (shared, extension) = (shared(&phone), extension(&phone));
    let told = Extension::read(&shared).unwrap();
    let put = |bytes: &[u8]| {
        let last = inbox::waiting(&shared).unwrap().last().copied();
        let name = Name::after(last.as_ref(), time.now(), &SystemRandom);
        fs::write(shared.join("inbox").join(name.to_string()), bytes).unwrap();
        name
    };
    let sealed = |to: &Extension, item: &Item| {
        let name = Name::after(None, time.now(), &SystemRandom);
        let bytes = item.seal(to, &name, &SystemRandom).unwrap();
        fs::write(shared.join("inbox").join(name.to_string()), bytes).unwrap();
    };
    extension.append(READER, text(1).as_bytes()).unwrap();
    // Empty, no value, cut off, another name's.
    put(b"");
    put(b"hello");
    let whole = Item::new(READER, time.now(), text(7).as_bytes());
    let bytes = whole
        .seal(
            &told,
            &Name::after(None, time.now(), &SystemRandom),
            &SystemRandom,
        )
        .unwrap();
    put(&bytes[..bytes.len() - 1]);
    put(&bytes);
    // Another enrolment's, another tenant's, another key's.
    let (tenant, enrolment) = (TenantId::new(TENANT), EnrolmentId::new(ENROLMENT));
    let other = KeyPair::derive(&Key::random(&SystemRandom)).public();
    for (tenant, enrolment, key) in [
        (tenant.clone(), EnrolmentId::new("e2"), told.inbox_key),
        (TenantId::new("other"), enrolment.clone(), told.inbox_key),
        (tenant, enrolment, other),
    ] {
        let to = Extension::new(tenant, enrolment, key, LockScreen::None);
        sealed(&to, &whole);
    }
    // No reader, and no payload of its reader.
    extension.append("pigeon", text(7).as_bytes()).unwrap();
    extension.append(READER, b"hello").unwrap();
    extension.append(READER, text(2).as_bytes()).unwrap();
    fs::create_dir(shared.join("inbox/000000000000001-000000-0000000000000000.sealed")).unwrap();
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["1", "2"]);
    assert_eq!(files(&phone, ".refused"), 9);

    for _ in 0..20 {
        put(b"hello");
    }
    phone.restart().await;
    assert_eq!(files(&phone, ".refused"), 16, "no more are kept");
    extension.append(READER, text(3).as_bytes()).unwrap();
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["1", "2", "3"]);
}

#[tokio::test]
async fn what_an_extension_keeps_of_a_private_chat_goes_the_way_of_every_message() {
    let time = Time::new();
    let (_, mut phone) = Forge::with_phone(&time).await;
    let extension = extension(&phone);
    extension.append(READER, text(1).as_bytes()).unwrap();
    phone.restart().await;
    assert_eq!(phone.client.state().unwrap().undecided, 1);
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    assert_eq!(phone.texts(&chat).await, ["1"]);
}

#[tokio::test]
async fn extensions_are_told_anew_what_changed_and_what_was_damaged() {
    let time = Time::new();
    let (_, mut phone) = Forge::with_phone(&time).await;
    let (file, extension) = (shared(&phone).join("extension.json"), extension(&phone));
    let told = fs::read(&file).unwrap();
    let modified = || fs::metadata(&file).unwrap().modified().unwrap();
    let before = modified();
    phone.restart().await;
    assert_eq!(modified(), before, "the same is not written again");
    for damaged in [&b"{"[..], b"", b"{\"v\":2}"] {
        fs::write(&file, damaged).unwrap();
        assert_eq!(
            extension.append(READER, b"{}"),
            Err(SealerError::NotEnrolled)
        );
        assert_eq!(extension.show(), Err(SealerError::NotEnrolled));
        phone.restart().await;
        assert_eq!(fs::read(&file).unwrap(), told);
    }
    assert_eq!(extension.show(), Ok(LockScreen::None));
    let policy = Policy {
        ui_lock_screen: LockScreen::Sender,
        ..Policy::default()
    };
    phone.restart_under(policy).await;
    assert_eq!(extension.show(), Ok(LockScreen::Sender));
}

#[tokio::test]
async fn a_shared_folder_out_of_reach_keeps_no_client_from_its_work() {
    let time = Time::new();
    let (forge, mut phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    let shared = shared(&phone);
    fs::remove_dir_all(&shared).unwrap();
    fs::write(&shared, b"no folder").unwrap();
    forge.put("event", &text(1));
    phone.sync().await.unwrap();
    phone.restart().await;
    assert_eq!(phone.texts(&chat).await, ["1"]);
    let sealer = extension(&phone);
    assert!(sealer.append(READER, text(2).as_bytes()).is_err());
    fs::remove_file(&shared).unwrap();
    phone.restart().await;
    sealer.append(READER, text(2).as_bytes()).unwrap();
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["1", "2"]);
}

#[tokio::test]
async fn what_processes_left_half_written_goes_once_nobody_can_be_writing_it() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let folder = shared(&phone).join("inbox");
    let half = |at: Timestamp| {
        let name = Name::after(None, at, &SystemRandom).to_string();
        folder.join(name).with_extension("tmp")
    };
    let (old, new) = (
        half(time.now() - Duration::from_secs(7200)),
        half(time.now()),
    );
    for path in [&old, &new] {
        fs::write(path, b"half").unwrap();
    }
    phone.sync().await.unwrap();
    assert_eq!((old.exists(), new.exists()), (false, true));
}

/// A locked phone, one that starts locked and one that locks while it is suspended take in what extensions kept.
#[tokio::test]
async fn what_is_kept_for_a_locked_phone_is_there_after_the_unlock() {
    let time = Time::new();
    let (_, mut phone, chat) = locked::in_talk(&time).await;
    let (extension, before) = (extension(&phone), phone.texts(&chat).await);
    phone.client.lock();
    extension.append(READER, text(1).as_bytes()).unwrap();
    phone.sync().await.unwrap();
    assert_eq!(files(&phone, ""), 0);
    extension.append(READER, text(2).as_bytes()).unwrap();
    phone.restart().await;
    assert_eq!(phone.client.state().unwrap().lock, "locked");
    assert_eq!(files(&phone, ""), 0);
    phone.client.suspend().await.unwrap();
    extension.append(READER, text(3).as_bytes()).unwrap();
    phone.client.resume().await.unwrap();
    assert_eq!(files(&phone, ""), 0);
    locked::unlock(&phone, locked::CODE).await.unwrap();
    assert_eq!(phone.texts(&chat).await, [before, numbers(1..4)].concat());
}

/// An extension's clock says when something came, and never that it has not come yet.
#[tokio::test]
async fn what_came_is_dated_by_its_extension_and_not_into_the_future() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    let early = time.now() - DAY;
    for (n, at) in [(1, early), (2, time.now() + DAY)] {
        let item = Item::new(READER, at, text(n).as_bytes());
        companion_sealer::append(
            &shared(&phone),
            &item,
            &SystemRandom,
            &FaultPoints::default(),
        )
        .unwrap();
    }
    phone.sync().await.unwrap();
    let messages = phone.messages(&chat).await;
    assert_eq!(messages[0].received_at, early);
    assert!(messages[1].received_at <= time.now());
}

/// Everything in the shared folder may be read by whoever has the app group; none of it is content.
#[tokio::test]
async fn the_shared_folder_shows_no_content() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let sealer = extension(&phone);
    let body = forge::text(PEER, "wamid.1", "himitsu");
    sealer.append(READER, body.as_bytes()).unwrap();
    let words = ["himitsu", PEER, "whatsapp"];
    let held = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        words.iter().any(|word| text.contains(word))
    };
    let plain = phone.folder.path().join("plain");
    fs::write(&plain, body).unwrap();
    assert!(held(&plain), "the words are found where they are");
    let name = inbox::waiting(&shared(&phone)).unwrap()[0].to_string();
    assert!(!held(&shared(&phone).join("inbox").join(name)));
    assert!(!held(&shared(&phone).join("extension.json")));
}
