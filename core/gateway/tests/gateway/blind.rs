//! What people write, their names and their numbers are found in no file and no log, and never in the relay's memory.

use crate::{
    poster::{Writer, message, targets},
    process::Process,
    sandbox::{Answer, Sandbox},
    world::{ACCOUNT, World, body},
};
use companion_crypto::{derive::derive, secret::Key};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::{
    fs,
    io::{Read, Seek, SeekFrom, Write},
    net::TcpStream,
    path::Path,
    time::Duration,
};

/// Words that must not be found: a text, a name, a number.
const CANARIES: [&str; 3] = ["canary-brigid-7741", "Canaria Ueno", "819099887766"];

fn delivery(id: &str) -> String {
    let message = json!({
        "from": CANARIES[2], "id": format!("wamid.{id}"), "timestamp": "1767323045", "type": "text",
        "text": {"body": CANARIES[0]},
    });
    body(&[(ACCOUNT, &[message.to_string()])]).replace("Yamada", CANARIES[1])
}

/// Whether a canary is among these bytes.
fn told_by(bytes: &[u8]) -> bool {
    CANARIES.iter().any(|word| holds(bytes, word.as_bytes()))
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Each file of the folder that holds a canary.
fn scan(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(scan(&path));
        } else if told_by(&fs::read(&path).unwrap()) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Whether `finds` anything in the writable memory of a process.
fn memory_tells(pid: u32, finds: impl Fn(&[u8]) -> bool) -> bool {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut memory = fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    maps.lines().any(|line| {
        let mut words = line.split_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else {
            return false;
        };
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|at| u64::from_str_radix(at, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        let read = memory
            .seek(SeekFrom::Start(from))
            .and_then(|_| memory.read_exact(&mut bytes));
        rights.starts_with("rw") && read.is_ok() && finds(&bytes)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_and_no_log_holds_what_people_wrote() {
    let (sandbox, address) = Sandbox::start().await;
    let mut world = World::outside(&targets(&address));
    let process = Process::start(world.folder.path(), "ingress,relay,poster").await;
    world.address = process.address.clone();
    let phone = world.phone(&[ACCOUNT]).await;
    world.hook(&delivery("1")).await;
    world.hook_signed(&delivery("2"), "wrong").await;
    let unparsable = delivery("3").replace("]}]}", "]}");
    world.hook(&unparsable).await;
    for _ in 0..2 {
        sandbox.next(Answer::Refuse(500, None, CANARIES[0]));
    }
    let record = Writer::new(&phone).record("m1a", "c1", 1, CANARIES[0]);
    let records = json!({"records": [{"event": record}]});
    world.post(&phone, "/v1/records", &records).await;
    let mut message = message("own-1", CANARIES[0]);
    message["to"]["value"] = json!(CANARIES[2]);
    message["conversation"] = json!(CANARIES[2]);
    world
        .post(&phone, "/v1/messages", &json!({"messages": [message]}))
        .await;
    let garbled = world.http.post(world.url("/v1/records")).body(CANARIES[0]);
    garbled
        .bearer_auth(world.token(&phone).await)
        .send()
        .await
        .unwrap();
    world.wait_for(&phone, "outcome", 1).await;

    let nothing: [String; 0] = [];
    assert_eq!(scan(world.folder.path()), nothing, "while it runs");
    process.kill();
    assert_eq!(scan(world.folder.path()), nothing, "after its end");
    assert!(fs::metadata(world.folder.path().join("log")).unwrap().len() > 0);
    let planted = world.folder.path().join("planted");
    fs::write(&planted, delivery("4")).unwrap();
    assert_eq!(scan(world.folder.path()), [planted.display().to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_never_holds_in_memory_what_passes_through() {
    let mut world = World::outside("");
    let ingress = Process::start(world.folder.path(), "ingress").await;
    let relay = Process::start(world.folder.path(), "relay").await;
    world.address = relay.address.clone();
    let phone = world.phone(&[ACCOUNT]).await;
    world.address = ingress.address.clone();
    for n in 0..20 {
        world.hook(&delivery(&n.to_string())).await;
    }
    // A delivery that has not ended yet is surely in the ingress's memory.
    let mut open = TcpStream::connect(ingress.address.trim_start_matches("http://")).unwrap();
    let head =
        "POST /hooks/whatsapp/acme HTTP/1.1\r\nhost: gateway\r\ncontent-length: 100000\r\n\r\n";
    open.write_all(head.as_bytes()).unwrap();
    open.write_all(delivery("open").as_bytes()).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        memory_tells(ingress.child.id(), told_by),
        "the scan finds what is there"
    );

    world.address = relay.address.clone();
    let page = world.sync(&phone, "").await;
    assert_eq!(page.items.len(), 20);
    assert!(!memory_tells(relay.child.id(), told_by));
    let through = json!({"inbox": page.inbox, "through": page.next});
    assert_eq!(
        world
            .ack(&phone, through)
            .await
            .json::<Value>()
            .await
            .unwrap()["acked"],
        20
    );
    assert!(!memory_tells(relay.child.id(), told_by));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_poster_holds_in_memory_what_opens_its_input() {
    for apart in [false, true] {
        let world = World::outside("");
        let folder = world.folder.path();
        let file = if apart {
            world.keys_apart();
            folder.join("poster-keys.json")
        } else {
            folder.join("keys.json")
        };
        let file: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let text = file["poster"].as_str().unwrap().as_bytes();
        let secret = Key::new(BASE64URL_NOPAD.decode(text).unwrap().try_into().unwrap());
        let queue = derive(&secret, "poster", "queue");
        let opens = |bytes: &[u8]| {
            let parts: [&[u8]; 3] = [text, secret.expose(), queue.expose()];
            parts.iter().any(|part| holds(bytes, part))
        };
        let poster = Process::start(folder, "poster").await;
        assert!(memory_tells(poster.child.id(), opens), "the scan finds it");
        for role in ["ingress", "relay"] {
            let process = Process::start(folder, role).await;
            assert!(!memory_tells(process.child.id(), opens), "{role}");
        }
    }
}
