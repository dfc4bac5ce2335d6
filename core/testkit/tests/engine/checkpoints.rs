//! Two that sign at once never sign two ends of one chain.

use crate::{
    forge::{self, Forge},
    phone::{Phone, Time, until},
};
use async_trait::async_trait;
use companion_crypto::{document, hash::sha256};
use companion_engine::{
    CompanionClient,
    ports::{KeyLevel, KeyPurpose, KeyStore, KeyStoreError},
    values::{BindTo, IngestInput},
};
use companion_testkit::ports::FileKeyStore;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

const PEER: &str = "819011112222";

/// Hardware that signs a checkpoint when the test lets it.
struct SlowSigner {
    keys: Arc<FileKeyStore>,
    asked: AtomicUsize,
    /// One for the first checkpoint, one for the second.
    gates: [Semaphore; 2],
}

#[async_trait]
impl KeyStore for SlowSigner {
    async fn make(&self, name: &str, purpose: KeyPurpose) -> Result<Option<String>, KeyStoreError> {
        self.keys.make(name, purpose).await
    }

    async fn wrap(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        self.keys.wrap(name, secret).await
    }

    async fn unwrap(
        &self,
        name: &str,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        self.keys.unwrap(name, wrapped).await
    }

    async fn sign(&self, name: &str, input: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        let header = input.split(|byte| *byte == b'.').next().unwrap();
        let header: Value =
            serde_json::from_slice(&BASE64URL_NOPAD.decode(header).unwrap()).unwrap();
        if header["typ"] == "companion-checkpoint+jws" {
            let nth = self.asked.fetch_add(1, Ordering::SeqCst);
            if let Some(gate) = self.gates.get(nth) {
                gate.acquire().await.unwrap().forget();
            }
        }
        self.keys.sign(name, input).await
    }

    async fn delete(&self, name: &str) -> Result<(), KeyStoreError> {
        self.keys.delete(name).await
    }

    fn level(&self) -> KeyLevel {
        self.keys.level()
    }
}

async fn with_slow_signer(phone: &mut Phone) -> Arc<SlowSigner> {
    let signer = Arc::new(SlowSigner {
        keys: phone.keys.clone(),
        asked: AtomicUsize::new(0),
        gates: [Semaphore::new(0), Semaphore::new(0)],
    });
    phone.client.close().await.unwrap();
    phone.ports.keys = signer.clone();
    phone.client = phone.open().await.unwrap();
    signer
}

async fn asked(signer: &SlowSigner, times: usize) {
    until("the hardware is asked", async || {
        (signer.asked.load(Ordering::SeqCst) == times).then_some(())
    })
    .await;
}

async fn written(client: &CompanionClient, id: &str) {
    let input = IngestInput {
        reader: "whatsapp_cloud".into(),
        raw: forge::text(PEER, id, "見積").into_bytes(),
    };
    client.ingest(input).await.unwrap();
}

#[tokio::test]
async fn of_two_that_sign_at_once_one_is_kept_and_the_next_one_follows_it() {
    for (news, first) in [(true, 0), (true, 1), (false, 0), (false, 1)] {
        let time = Time::new();
        let (forge, mut phone) = Forge::with_phone(&time).await;
        phone.bind(PEER, BindTo::Work).await;
        let signer = with_slow_signer(&mut phone).await;
        // A synchronisation signs, and the app is left meanwhile.
        let client = phone.client.clone();
        let syncing = tokio::spawn(async move {
            client
                .sync_once(
                    companion_engine::values::SyncOptions::default(),
                    Arc::default(),
                )
                .await
        });
        asked(&signer, 1).await;
        if news {
            written(&phone.client, "wamid.1").await;
        }
        let client = phone.client.clone();
        let leaving = tokio::spawn(async move { client.suspend().await });
        asked(&signer, 2).await;
        signer.gates[first].add_permits(1);
        if first == 0 {
            until("the first is handed over", async || {
                (forge.state().checkpoints.len() == 1).then_some(())
            })
            .await;
        }
        signer.gates[1].add_permits(1);
        leaving.await.unwrap().unwrap();
        signer.gates[0].add_permits(1);
        let _ = syncing.await.unwrap();

        phone.client.resume().await.unwrap();
        written(&phone.client, "wamid.2").await;
        time.pass(std::time::Duration::from_secs(16 * 60));
        phone.sync().await.unwrap();
        let mut before = (0, BASE64URL_NOPAD.encode(&[0; 32]));
        let checkpoints = forge.state().checkpoints.clone();
        assert_eq!(checkpoints.len(), 2, "news {news}, first {first}");
        for signed in checkpoints {
            let payload = document::payload(&signed).unwrap();
            let value: Value = serde_json::from_slice(&payload).unwrap();
            assert_eq!(value["prev"], json!(before.1));
            assert!(value["seq"].as_u64().unwrap() > before.0);
            before = (
                value["seq"].as_u64().unwrap(),
                BASE64URL_NOPAD.encode(&sha256(&payload)),
            );
        }
        assert_eq!(before.0, phone.client.state().unwrap().recorded);
    }
}
