//! The phones' door: the same calls on the engine here and, through the door, from a program in a phone's language, in
//! turns. Each side has a phone of its own with the same history.

use super::{
    Sizes,
    bodies::Bodies,
    phone::Phone,
    report::{Goal, Metric, Samples},
};
use crate::world::Failure;
use companion_domain::id::Key;
use std::{
    fs,
    hint::black_box,
    io::{BufRead, BufReader, Lines, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// How often a runtime that compiles while it runs is asked before anything counts.
const WARM_UP: usize = 20;

static CALL: Metric = Metric {
    name: "a call (state)",
    unit: "us",
    goal: Goal::Open,
};
/// A page may take half as long again as without the door.
static PAGES: Metric = Metric {
    name: "messages in pages of 50",
    unit: "msg/s",
    goal: Goal::RatioAtLeast(0.67),
};
static INGEST: Metric = Metric {
    name: "durable ingest, one by one",
    unit: "msg/s",
    goal: Goal::Open,
};

/// Measures with `command`, the program beyond the door.
pub(super) async fn measure(
    command: &[String],
    folder: &Path,
    sizes: &Sizes,
    seed: u64,
) -> Result<Samples, Failure> {
    let mut bodies = Bodies::new(seed);
    let history = bodies.history(0, sizes.thread);
    let here = house(&folder.join("here"), &history, sizes.thread).await?;
    let there = house(&folder.join("there"), &history, sizes.thread).await?;
    let conversation = only(here.conversations().await?)?;
    let theirs = only(there.conversations().await?)?;
    there.close().await?;
    let mut door = Door::open(command, &there)?;
    for _ in 0..WARM_UP {
        door.state(sizes.pages)?;
        door.pages(&theirs, sizes.pages)?;
    }
    let mut samples = Samples::default();
    let list = folder.join("bodies");
    for _ in 0..sizes.rounds {
        let calls = sizes.pages * 10;
        let (ours, plain) = (door.state(calls)?, state(&here, calls)?);
        same(&ours, &plain)?;
        samples.add(&CALL, ours.micros(), plain.micros());

        let ours = door.pages(&theirs, sizes.pages)?;
        let plain = pages(&here, &conversation, sizes.pages).await?;
        same(&ours, &plain)?;
        samples.add(&PAGES, ours.rate(), plain.rate());

        let arriving: Vec<_> = (0..sizes.messages).map(|_| bodies.live(0)).collect();
        fs::write(&list, arriving.join(&b"\n"[..]))?;
        let (ours, plain) = (door.ingest(&list)?, ingest(&here, arriving).await?);
        same(&ours, &plain)?;
        samples.add(&INGEST, ours.rate(), plain.rate());
    }
    door.close()?;
    here.close().await?;
    Ok(samples)
}

/// A phone with one conversation of work and its history of so many messages.
async fn house(folder: &Path, history: &[u8], messages: usize) -> Result<Phone, Failure> {
    let phone = Phone::join(folder, Duration::ZERO).await?;
    phone.bind(1).await?;
    phone.ingest(history.to_vec(), messages).await?;
    Ok(phone)
}

fn only(conversations: Vec<Key>) -> Result<Key, Failure> {
    let mut all = conversations.into_iter();
    all.next().ok_or_else(|| "no conversation".into())
}

/// How long some calls took and how many records they moved.
#[derive(Debug)]
struct Taken {
    time: Duration,
    records: usize,
}

impl Taken {
    /// A record's microseconds.
    fn micros(&self) -> f64 {
        1e6 / self.rate()
    }

    /// Records a second.
    fn rate(&self) -> f64 {
        self.records as f64 / self.time.as_secs_f64()
    }
}

fn same(ours: &Taken, plain: &Taken) -> Result<(), Failure> {
    match ours.records == plain.records {
        true => Ok(()),
        false => Err(format!("not the same work: {ours:?}, {plain:?}").into()),
    }
}

fn state(phone: &Phone, times: usize) -> Result<Taken, Failure> {
    let started = Instant::now();
    for _ in 0..times {
        black_box(phone.state()?);
    }
    Ok(taken(started, times))
}

async fn pages(phone: &Phone, conversation: &Key, times: usize) -> Result<Taken, Failure> {
    let (started, mut records) = (Instant::now(), 0);
    for _ in 0..times {
        records += phone.page(conversation.clone()).await?;
    }
    Ok(taken(started, records))
}

async fn ingest(phone: &Phone, bodies: Vec<Vec<u8>>) -> Result<Taken, Failure> {
    let (started, records) = (Instant::now(), bodies.len());
    for body in bodies {
        phone.ingest(body, 1).await?;
    }
    Ok(taken(started, records))
}

fn taken(started: Instant, records: usize) -> Taken {
    let time = started.elapsed();
    Taken { time, records }
}

/// A program that opened a phone through the door. It makes calls when a line tells it to and answers with the
/// nanoseconds that they took and the records that they moved.
struct Door {
    child: Child,
    input: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Door {
    fn open(command: &[String], phone: &Phone) -> Result<Self, Failure> {
        let (program, arguments) = command.split_first().ok_or("no program")?;
        let mut command = Command::new(program);
        command.args(arguments).args(phone.arguments());
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = child.stdout.take().ok_or("no output")?;
        let answers = BufReader::new(output).lines();
        Ok(Self {
            child,
            input,
            answers,
        })
    }

    fn state(&mut self, times: usize) -> Result<Taken, Failure> {
        self.tell(&format!("state {times}"))
    }

    fn pages(&mut self, conversation: &Key, times: usize) -> Result<Taken, Failure> {
        self.tell(&format!("messages {times} {conversation}"))
    }

    /// Has it take the bodies that stand in a file, one a line.
    fn ingest(&mut self, list: &Path) -> Result<Taken, Failure> {
        self.tell(&format!("ingest {}", list.display()))
    }

    fn tell(&mut self, line: &str) -> Result<Taken, Failure> {
        writeln!(self.input, "{line}")?;
        let answer = self.answers.next().ok_or("the program ended")??;
        let numbers = answer.split_once(' ').ok_or("no two numbers")?;
        Ok(Taken {
            time: Duration::from_nanos(numbers.0.parse()?),
            records: numbers.1.parse()?,
        })
    }

    /// Ends it by the end of its input.
    fn close(mut self) -> Result<(), Failure> {
        drop(self.input);
        match self.child.wait()?.success() {
            true => Ok(()),
            false => Err("the program failed".into()),
        }
    }
}
