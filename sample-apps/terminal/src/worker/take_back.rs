//! Writing anew what waits: it is taken back first, so that it cannot go twice.

use super::{messages, read};
use companion_engine::{
    CompanionClient, CompanionError,
    values::{QueueDecision, QueueEntry},
};

/// The text of an entry, once it is taken back. `None`: it has no text, or may have arrived and stays in the queue.
///
/// # Errors
/// Those of the client; `NotFound` if it has left the queue, `InvalidInput` if it is on its way.
pub(super) async fn take_back(
    client: &CompanionClient,
    entry: &QueueEntry,
) -> Result<Option<String>, CompanionError> {
    let all = messages(client, &entry.conversation, usize::MAX).await?;
    let mut all = all.messages.into_iter().map(|one| one.message);
    let message =
        all.find(|message| message.client_message_id.as_ref() == Some(&entry.client_message_id));
    let Some(text) = message.and_then(|message| message.current()?.text.clone()) else {
        return Ok(None);
    };
    let decision = "discard".to_owned();
    let id = entry.id;
    client.resolve(QueueDecision { id, decision }).await?;
    let left = read(usize::MAX, |page| client.queue(page)).await?;
    let stays = left.items.iter().any(|one| one.id == id);
    Ok((!stays).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Computer;
    use async_trait::async_trait;
    use companion_crypto::{
        random::SystemRandom,
        sign::{Algorithm, SigningKey},
    };
    use companion_domain::{
        event::DeliveryState,
        grant::{GrantedAccount, Mode},
        id::{AccountId, ChannelId, EnrolmentId, Key, SourceConversationId},
        outbound::OutboundContent,
        time::Timestamp,
    };
    use companion_engine::{
        Surroundings, join,
        ports::{Answer, Attempt, Ports, Request, Transport},
        values::{
            AccountRequest, BindRequest, BindTo, ConversationRef, Draft, IngestInput, OpenOptions,
            Page, SyncOptions,
        },
    };
    use companion_testkit::{ports::FileKeyStore, tenant::Tenant};
    use serde_json::json;
    use std::{sync::Arc, time::Duration};
    use tempfile::TempDir;

    /// A gateway that has nothing new and whose answers to what it is handed are lost.
    struct Lossy;

    #[async_trait]
    impl Transport for Lossy {
        async fn exchange(&self, request: Request, _: Duration) -> Attempt {
            let body = if request.url.ends_with("/v1/token") {
                r#"{"access_token": "t", "token_type": "Bearer", "expires_in": 900}"#
            } else if request.url.contains("/v1/sync") {
                r#"{"inbox": "in-1", "items": [], "more": false}"#
            } else {
                return Attempt::Lost;
            };
            Attempt::Answered(Answer {
                status: 200,
                headers: Vec::new(),
                body: body.into(),
            })
        }
    }

    /// A phone with a work chat in which one reply waits.
    async fn waiting() -> (TempDir, Arc<CompanionClient>, QueueEntry) {
        let folder = tempfile::tempdir().unwrap();
        let account = GrantedAccount {
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new("106540352242922"),
            mode: Mode::Mixed,
        };
        let source = ConversationRef {
            channel: account.channel.clone(),
            account: account.account.clone(),
            conversation: SourceConversationId::new("819011112222"),
        };
        let surroundings = Surroundings::system();
        let ingress = SigningKey::generate(&SystemRandom, Algorithm::Ed25519).unwrap();
        let (key, now) = (ingress.public().clone(), surroundings.clock.now());
        let tenant = Tenant::create(&SystemRandom, "acme", key, vec![account], now).unwrap();
        let ports = Ports {
            transport: Arc::new(Lossy),
            keys: Arc::new(FileKeyStore::new(folder.path().join("keys")).unwrap()),
            device: Arc::new(Computer),
        };
        let options = OpenOptions {
            root: folder.path().join("root"),
            enrolment: EnrolmentId::new("7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11"),
            shared: None,
        };
        let enrolment = options.enrolment.clone();
        join(options.clone(), ports.clone(), surroundings, |offer| {
            let grant = tenant.grant(&enrolment, offer, folder.path()).unwrap();
            Ok((grant, "https://gateway.example".into()))
        })
        .await
        .unwrap();
        let client = CompanionClient::open(options, ports).await.unwrap();
        let accept = AccountRequest {
            channel: source.channel.clone(),
            account: source.account.clone(),
        };
        client.register_account(accept).await.unwrap();
        let bind = BindRequest {
            conversation: source,
            to: BindTo::Work,
        };
        let conversation = client.bind(bind).await.unwrap().conversation;
        // Who wrote just now can be answered.
        client.ingest(greeting(now)).await.unwrap();
        let content = OutboundContent::Text {
            text: "午後にお送りします。".into(),
            reply_to: None,
        };
        let draft = Draft {
            conversation,
            content,
        };
        client.send(draft).await.unwrap();
        let entry = queue(&client).await.remove(0);
        (folder, client, entry)
    }

    /// What WhatsApp tells of a text that the customer wrote `at` this time.
    fn greeting(at: Timestamp) -> IngestInput {
        let message = json!({"from": "819011112222", "id": "wamid.hello", "timestamp": at.seconds().to_string(),
            "type": "text", "text": {"body": "こんにちは"}});
        let value = json!({"messaging_product": "whatsapp", "messages": [message],
            "metadata": {"display_phone_number": "815012345678", "phone_number_id": "106540352242922"}});
        let hook = json!({"object": "whatsapp_business_account", "entry": [
            {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}]});
        IngestInput {
            reader: "whatsapp_cloud".into(),
            raw: hook.to_string().into_bytes(),
        }
    }

    async fn queue(client: &CompanionClient) -> Vec<QueueEntry> {
        client.queue(Page::default()).await.unwrap().items
    }

    /// Whether the newest message of the chat was not sent.
    async fn failed(client: &CompanionClient, chat: &Key) -> bool {
        let page = messages(client, chat, 1).await.unwrap();
        let delivery = page.messages[0].message.delivery();
        delivery.is_some_and(|delivery| delivery.state == DeliveryState::Failed)
    }

    #[tokio::test]
    async fn what_waits_is_out_of_the_queue_before_its_text_is_written_anew() {
        let (_folder, client, entry) = waiting().await;
        let text = take_back(&client, &entry).await.unwrap();
        assert_eq!(text.as_deref(), Some("午後にお送りします。"));
        assert!(queue(&client).await.is_empty());
        assert!(failed(&client, &entry.conversation).await);
    }

    #[tokio::test]
    async fn what_may_have_arrived_stays_and_its_text_is_not_given() {
        let (_folder, client, entry) = waiting().await;
        // The gateway may have it, so this fails.
        let sync = client.sync_once(SyncOptions::default(), Arc::default());
        let _ = sync.await;
        assert_eq!(take_back(&client, &entry).await, Ok(None));
        assert_eq!(queue(&client).await[0].state, "uncertain");
        assert!(!failed(&client, &entry.conversation).await);
    }

    #[tokio::test]
    async fn what_has_left_the_queue_is_not_written_anew() {
        let (_folder, client, entry) = waiting().await;
        take_back(&client, &entry).await.unwrap();
        let again = take_back(&client, &entry).await;
        assert_eq!(again, Err(CompanionError::NotFound));
    }
}
