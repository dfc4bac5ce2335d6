//! WhatsApp, played: webhooks to a hook and the Graph API that takes messages.

mod body;
mod event;
mod graph;
mod hooks;

pub(crate) use body::body;
pub use body::signature;
pub use event::{Content, Customer, Event, Number, OldMessage, Thread, What};
pub use graph::Sent;
pub use hooks::{Acknowledged, Disorder};

use crate::network::{self, Handle, Plan, Refusals, Server};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use companion_domain::time::Clock;
use graph::Graph;
use hooks::Hooks;
use std::{fs::OpenOptions, io, path::PathBuf, sync::Arc};
use tokio::task::JoinSet;

/// How a number is set up.
pub struct Options {
    /// The number.
    pub number: Number,
    /// The address of the hook.
    pub hook: String,
    /// The secret that signs webhooks.
    pub app_secret: String,
    /// The access token that the Graph API wants.
    pub token: String,
    /// How unruly webhooks come.
    pub disorder: Disorder,
    /// The faults of the Graph API to begin with.
    pub plan: Plan,
    /// The clock by which everything happens.
    pub clock: Clock,
    /// A file to which every body that was answered with 2xx is appended, one a line.
    pub log: Option<PathBuf>,
}

/// A number that is played. It stops when this is dropped.
pub struct WhatsApp {
    /// The Graph API. Its control address also answers `POST /_emit` (a list of [`Event`]), `GET /_acknowledged` (a list
    /// of [`Acknowledged`]), `GET /_sent` (a list of [`Sent`]) and `GET /_pending` (a number).
    pub graph: Handle,
    api: Arc<Graph>,
    _senders: JoinSet<()>,
}

impl WhatsApp {
    /// Puts events on their way, each once its own time has come.
    pub fn emit(&self, events: Vec<Event>) {
        self.api.hooks.emit(events);
    }

    /// What the hook answered with 2xx, in the order in which it happened.
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        self.api.hooks.acknowledged()
    }

    /// How many events wait or are on their way, repeats among them.
    pub fn pending(&self) -> usize {
        self.api.hooks.pending()
    }

    /// The messages that the Graph API took, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.api.sent().clone()
    }
}

/// Starts a number on the loopback.
pub async fn start(options: Options) -> io::Result<WhatsApp> {
    let log = match &options.log {
        Some(path) => Some(OpenOptions::new().create(true).append(true).open(path)?),
        None => None,
    };
    let hooks = Arc::new(Hooks::new(&options, network::client()?, log));
    let prefix = format!("{}-", options.number.phone_number_id);
    let api = Arc::new(Graph::new(options.token, prefix, Arc::clone(&hooks)));
    let server = Server {
        traffic: graph::routes(Arc::clone(&api)),
        control: control(Arc::clone(&api)),
        refusals: REFUSALS,
        plan: options.plan,
        clock: options.clock,
        log: None,
    };
    let mut senders = JoinSet::new();
    for _ in 0..=options.disorder.parallel {
        senders.spawn(Arc::clone(&hooks).run());
    }
    Ok(WhatsApp {
        graph: server.start().await?,
        api,
        _senders: senders,
    })
}

const REFUSALS: Refusals = Refusals {
    throttled: r#"{"error":{"message":"Rate limit hit","type":"OAuthException","code":130429}}"#,
    failed: r#"{"error":{"message":"An unknown error occurred","type":"OAuthException","code":1}}"#,
    unauthorized: r#"{"error":{"message":"Error validating access token","type":"OAuthException","code":190}}"#,
};

fn control(api: Arc<Graph>) -> Router {
    async fn emit(State(api): State<Arc<Graph>>, Json(events): Json<Vec<Event>>) {
        api.hooks.emit(events);
    }
    async fn acknowledged(State(api): State<Arc<Graph>>) -> Json<Vec<Acknowledged>> {
        Json(api.hooks.acknowledged())
    }
    async fn sent(State(api): State<Arc<Graph>>) -> Json<Vec<Sent>> {
        Json(api.sent().clone())
    }
    async fn pending(State(api): State<Arc<Graph>>) -> Json<usize> {
        Json(api.hooks.pending())
    }
    Router::new()
        .route("/_emit", post(emit))
        .route("/_acknowledged", get(acknowledged))
        .route("/_sent", get(sent))
        .route("/_pending", get(pending))
        .with_state(api)
}

#[cfg(test)]
mod tests {
    use super::*;
    use companion_adapters::{
        channel::whatsapp::{inbound, outbound},
        http::{Attempt, Token},
    };
    use companion_domain::{
        event::{ChannelEvent, EventBody, PartyKey},
        id::{AccountId, ChannelId, ClientMessageId, SourceConversationId},
        outbound::{OutboundContent, OutboundMessage},
        outcome::Outcome,
        time::Timestamp,
    };
    use std::{
        collections::BTreeSet,
        sync::{Mutex, PoisonError},
        time::Duration,
    };

    const SECRET: &str = "app-secret-demo";

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_767_323_045)
    }

    /// A clock that runs a thousand times as fast, so that pauses between tries cost nothing.
    fn clock() -> Clock {
        let start = tokio::time::Instant::now();
        Clock::new(move || now() + start.elapsed() * 1000).with_speed(1000)
    }

    fn number() -> Number {
        Number {
            waba_id: "102290129340398".into(),
            phone_number_id: "106540352242922".into(),
            phone: "815012345678".into(),
        }
    }

    fn customer() -> Customer {
        Customer {
            phone: Some("819011112222".into()),
            user_id: None,
            name: "山田".into(),
        }
    }

    fn text(n: u32) -> Event {
        let content = Content::Text {
            text: format!("見積 {n} 😀"),
            reply_to: None,
        };
        inbound(n, content)
    }

    fn inbound(n: u32, content: Content) -> Event {
        Event {
            at: now(),
            what: What::Inbound {
                from: customer(),
                id: format!("wamid.{n}"),
                content,
            },
        }
    }

    /// A hook that keeps the bodies it answered, behind a network with faults.
    struct Hook {
        server: Handle,
        bodies: Arc<Mutex<Vec<(String, String)>>>,
    }

    async fn hook(plan: Plan) -> Hook {
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        let keep = move |headers: axum::http::HeaderMap, body: String| {
            let signature = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
            kept.lock().unwrap().push((signature, body));
            std::future::ready(())
        };
        let server = Server {
            traffic: Router::new().route("/hook", post(keep)),
            control: Router::new(),
            refusals: Refusals::default(),
            plan,
            clock: clock(),
            log: None,
        };
        Hook {
            server: server.start().await.unwrap(),
            bodies,
        }
    }

    impl Hook {
        async fn play(&self, disorder: Disorder) -> WhatsApp {
            let options = Options {
                number: number(),
                hook: format!("{}/hook", self.server.url()),
                app_secret: SECRET.into(),
                token: "token".into(),
                disorder,
                plan: Plan::default(),
                clock: clock(),
                log: None,
            };
            start(options).await.unwrap()
        }

        /// The bodies, each of which must be signed, as events of the channel.
        fn events(&self) -> Vec<Vec<ChannelEvent>> {
            let bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
            let events = bodies.iter().map(|(signature, body)| {
                let signed =
                    inbound::verify_signature(Some(signature), SECRET.as_bytes(), body.as_bytes());
                assert_eq!(signed, inbound::Authenticity::Valid);
                let payload = inbound::read(body.as_bytes(), now()).unwrap();
                assert!(payload.rejected.is_empty() && payload.ignored.is_empty());
                payload.events
            });
            events.collect()
        }
    }

    async fn settled(whatsapp: &WhatsApp) {
        while whatsapp.pending() > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// What the channel tells, in short.
    fn told(event: &ChannelEvent) -> String {
        match &event.body {
            EventBody::Message { content, .. } => {
                format!("{:?} {} {:?}", event.origin, content.kind, content.text)
            }
            EventBody::Edit { content, .. } => {
                format!("{:?} edit {:?}", event.origin, content.text)
            }
            EventBody::Delete { targets, .. } => {
                format!("{:?} delete {}", event.origin, targets.len())
            }
            EventBody::Reaction { emoji, removed, .. } => format!("reaction {emoji} {removed}"),
            EventBody::Status { state, opaque, .. } => format!("{} {opaque:?}", state.as_str()),
            EventBody::Contact(_) => "contact".into(),
            other => format!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn by_default_events_come_one_by_one_in_order_and_every_kind_is_understood() {
        let hook = hook(Plan::default()).await;
        let whatsapp = hook.play(Disorder::default()).await;
        let target = || "wamid.1".to_owned();
        let echo = |content| Event {
            at: now(),
            what: What::Echo {
                to: customer(),
                id: "wamid.e".into(),
                content,
            },
        };
        let old = |own, text: &str| OldMessage {
            id: format!("wamid.{text}"),
            at: now(),
            own,
            text: text.into(),
        };
        let edited = || Content::Edit {
            target: target(),
            text: "訂正".into(),
        };
        let status = |state| Event {
            at: now(),
            what: What::Status {
                to: customer(),
                id: target(),
                state,
                opaque: Some("ours".into()),
            },
        };
        let history = What::History {
            phase: 0,
            chunk_order: 1,
            progress: 100,
            threads: vec![Thread {
                peer: customer(),
                messages: vec![old(false, "昔"), old(true, "今")],
            }],
        };
        let contact = What::Contact {
            contact: customer(),
            removed: false,
        };
        whatsapp.emit(vec![
            text(1),
            inbound(
                2,
                Content::Image {
                    caption: Some("図".into()),
                },
            ),
            inbound(3, edited()),
            inbound(
                4,
                Content::Reaction {
                    target: target(),
                    emoji: "👍".into(),
                },
            ),
            inbound(5, Content::Revoke { target: target() }),
            echo(Content::Text {
                text: "はい".into(),
                reply_to: Some(target()),
            }),
            echo(edited()),
            status(companion_domain::event::DeliveryState::Delivered),
            status(companion_domain::event::DeliveryState::Failed),
            Event {
                at: now(),
                what: history,
            },
            Event {
                at: now(),
                what: contact,
            },
        ]);
        settled(&whatsapp).await;
        let told: Vec<String> = hook.events().iter().flatten().map(told).collect();
        assert_eq!(
            told,
            [
                "Live text Some(\"見積 1 😀\")",
                "Live image Some(\"図\")",
                "Live edit Some(\"訂正\")",
                "reaction 👍 false",
                "Live delete 1",
                "Echo text Some(\"はい\")",
                "Echo edit Some(\"訂正\")",
                "delivered Some(\"ours\")",
                "failed Some(\"ours\")",
                "History text Some(\"昔\")",
                "History text Some(\"今\")",
                "contact",
            ]
        );
        assert!(
            hook.bodies
                .lock()
                .unwrap()
                .iter()
                .all(|(_, body)| body.is_ascii())
        );
    }

    #[tokio::test]
    async fn whatever_the_hook_does_everything_is_acknowledged_in_the_end() {
        let hook = hook(Plan::storm(3, 60)).await;
        let disorder = Disorder {
            seed: 5,
            repeat: 100,
            reorder: 300,
            group: 6,
            parallel: 3,
        };
        let whatsapp = hook.play(disorder).await;
        let emitted: Vec<Event> = (0..300).map(text).collect();
        whatsapp.emit(emitted.clone());
        settled(&whatsapp).await;
        let acknowledged = whatsapp.acknowledged();
        let events: Vec<Event> = acknowledged.iter().map(|one| one.event.clone()).collect();
        assert_eq!(events, emitted);
        assert!(
            acknowledged.iter().any(|one| one.times > 1),
            "none was repeated"
        );
        let bodies = hook.events();
        assert!(bodies.iter().any(|body| body.len() > 2), "none was grouped");
        let arrivals = bodies.iter().flatten();
        let ids: Vec<u32> = arrivals
            .map(|event| {
                let id = event.source_id.as_ref().unwrap().as_str();
                id.trim_start_matches("wamid.").parse().unwrap()
            })
            .collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 300);
        let mut known = BTreeSet::new();
        let firsts = ids.iter().filter(|id| known.insert(**id));
        assert!(!firsts.is_sorted(), "none overtook");
    }

    #[tokio::test]
    async fn the_graph_api_names_what_it_takes_and_tells_how_far_it_came() {
        let hook = hook(Plan::default()).await;
        let whatsapp = hook.play(Disorder::default()).await;
        let message = OutboundMessage {
            client_message_id: ClientMessageId::new("0197-ours"),
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new("106540352242922"),
            conversation: SourceConversationId::new("819011112222"),
            to: PartyKey {
                kind: "phone".into(),
                value: "819011112222".into(),
            },
            content: OutboundContent::Text {
                text: "伺います".into(),
                reply_to: None,
            },
        };
        let attempt = async |token| {
            let config = outbound::SendConfig {
                base_url: whatsapp.graph.url(),
                version: "v23.0".into(),
                phone_number_id: number().phone_number_id,
                token: Token::new(token),
            };
            let request = outbound::request(&config, &message).unwrap();
            let attempt: Attempt = network::send(&network::client().unwrap(), request).await;
            outbound::outcome(&attempt, now())
        };
        let [first, second] = [attempt("token").await, attempt("token").await];
        let sent = whatsapp.sent();
        let ids = sent.iter().map(|one| Outcome::Done {
            remote_id: Some(one.id.clone()),
        });
        assert_eq!(
            ids.collect::<Vec<_>>(),
            [first, second],
            "it has no idempotency"
        );
        assert_eq!(sent[0].to().unwrap().phone, customer().phone);
        assert!(matches!(attempt("other").await, Outcome::Auth { .. }));
        settled(&whatsapp).await;
        let told: Vec<String> = hook.events().iter().flatten().map(told).collect();
        for state in ["sent", "delivered", "read"] {
            let status = format!("{state} Some(\"0197-ours\")");
            assert_eq!(
                told.iter().filter(|one| **one == status).count(),
                2,
                "{told:?}"
            );
        }
    }
}
