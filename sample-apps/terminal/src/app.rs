//! The loop: events in, effects out, the view in between.

use crate::{
    model::{Effect, Event, Model},
    ports::{Computer, FileKeys, SwitchedHttp},
    screen::Screen,
    view, worker,
    worker::Worker,
};
use companion_domain::{reason::Language, time::Clock};
use companion_engine::{
    CompanionClient, CompanionError, Surroundings, ports::Ports, values::OpenOptions,
};
use crossterm::event::{self, KeyEventKind};
use jiff::tz::TimeZone;
use std::{env, io, path::PathBuf, sync::Arc, thread, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{Notify, mpsc},
};

/// How often the time on the screen moves on.
const TICK: Duration = Duration::from_millis(250);

/// Whose day it is, and how it is shown.
pub struct Options {
    /// The folder of all enrolments; the first one is opened.
    pub root: PathBuf,
    /// The folder of the keys.
    pub keys: PathBuf,
    /// The language to begin with.
    pub language: Language,
}

impl Options {
    /// What the system speaks, as far as the app does: Japanese, or else English.
    pub fn language_of_system() -> Language {
        let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let wanted = set("LC_ALL")
            .or_else(|| set("LC_MESSAGES"))
            .or_else(|| set("LANG"));
        match wanted {
            Some(locale) if locale.starts_with("ja") => Language::Ja,
            _ => Language::En,
        }
    }
}

/// Why the app could not run.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Nobody joined here.
    #[error("no enrolment lies under the given root")]
    NotEnrolled,
    /// The core does not open the enrolment.
    #[error("the enrolment does not open: {0}")]
    Client(#[from] CompanionError),
    /// The system, for example: no terminal.
    #[error("the system refuses: {0}")]
    System(#[from] io::Error),
}

/// Opens the enrolment, shows it until the employee leaves, and gives the terminal back.
///
/// # Errors
/// As [`AppError`] names them.
pub async fn run(options: Options) -> Result<(), AppError> {
    let http = Arc::new(SwitchedHttp::new()?);
    let client = open(&options, &http).await?;
    let ended = show(&options, &client, http).await;
    client.close().await?;
    Ok(ended?)
}

async fn open(
    options: &Options,
    http: &Arc<SwitchedHttp>,
) -> Result<Arc<CompanionClient>, AppError> {
    let enrolments = CompanionClient::list(&options.root)?;
    let first = enrolments.into_iter().next();
    let enrolment = first.ok_or(AppError::NotEnrolled)?.enrolment;
    let ports = Ports {
        transport: http.clone(),
        keys: Arc::new(FileKeys::open(options.keys.clone())?),
        device: Arc::new(Computer),
    };
    let opened = OpenOptions {
        root: options.root.clone(),
        enrolment,
        shared: None,
    };
    Ok(CompanionClient::open(opened, ports).await?)
}

async fn show(
    options: &Options,
    client: &Arc<CompanionClient>,
    http: Arc<SwitchedHttp>,
) -> io::Result<()> {
    let clock = Surroundings::system().clock;
    let (events, mut happened) = mpsc::unbounded_channel();
    let (effects, wanted) = mpsc::unbounded_channel();
    let online = Arc::new(Notify::new());
    let worker = Worker {
        client: client.clone(),
        http,
        events: events.clone(),
        online: online.clone(),
    };
    let mut screen = Screen::take()?;
    let working = tokio::spawn(worker.work(wanted));
    let changing = tokio::spawn(worker::follow_changes(client.clone(), events.clone()));
    let syncing = tokio::spawn(worker::keep_syncing(client.clone(), online, events.clone()));
    listen(&events, clock.clone())?;

    let zone = TimeZone::system();
    let mut model = Model::new(options.language, clock.now(), zone);
    model.width = screen.0.size()?.width;
    for effect in model.beginning() {
        // The worker ends after this loop.
        let _ = effects.send(effect);
    }
    'shown: loop {
        screen.0.draw(|frame| view::draw(&model, frame))?;
        let Some(event) = happened.recv().await else {
            break;
        };
        let mut next = Some(event);
        while let Some(event) = next {
            for effect in model.update(event) {
                match effect {
                    Effect::Quit => break 'shown,
                    Effect::Active => client.user_active(),
                    Effect::Lock => {
                        client.lock();
                        let _ = events.send(Event::Locked);
                    }
                    effect => _ = effects.send(effect),
                }
            }
            next = happened.try_recv().ok();
        }
    }
    drop(screen);
    for task in [changing, syncing] {
        task.abort();
    }
    drop(effects);
    // What was asked for before leaving is done: a reply that was sent is durable.
    let _ = working.await;
    Ok(())
}

/// Sends what the terminal, the clock and the system tell. Each ends with the process or with the listener.
fn listen(events: &mpsc::UnboundedSender<Event>, clock: Clock) -> io::Result<()> {
    let typed = events.clone();
    thread::spawn(move || {
        while let Ok(event) = event::read() {
            let event = match event {
                event::Event::Key(key) if key.kind != KeyEventKind::Release => Event::Key(key),
                event::Event::Paste(text) => Event::Paste(text),
                event::Event::Resize(width, _) => Event::Resized(width),
                _ => continue,
            };
            if typed.send(event).is_err() {
                return;
            }
        }
        // Without a terminal there is nobody who could end the app.
        let _ = typed.send(Event::Ended);
    });
    let timed = events.clone();
    tokio::spawn(async move {
        while timed.send(Event::Tick(clock.now())).is_ok() {
            tokio::time::sleep(TICK).await;
        }
    });
    for kind in [
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::interrupt(),
    ] {
        let (mut signal, ended) = (signal(kind)?, events.clone());
        tokio::spawn(async move {
            signal.recv().await;
            // Nobody listens once the app is ending.
            let _ = ended.send(Event::Ended);
        });
    }
    Ok(())
}
