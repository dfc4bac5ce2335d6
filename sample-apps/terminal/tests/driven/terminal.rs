//! A pseudo terminal of 80 columns and 24 rows with a program in it.

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use std::{
    io::{Read, Write},
    num::NonZero,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use vt100::Parser;

/// How long a text may take to appear: gateway, CRM and phone start in this time, too.
const PATIENCE: Duration = Duration::from_secs(120);

const ROWS: NonZero<u16> = NonZero::new(24).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(80).unwrap();

const ESC: &str = "\u{1b}";
pub const ENTER: &str = "\r";
pub const RIGHT: &str = "\u{1b}[C";
/// Ctrl+L.
pub const LOCK: &str = "\u{c}";
/// Ctrl+R.
pub const ASK_COMPANY: &str = "\u{12}";
/// The passcode of every phone here.
pub const CODE: &str = "493817";

pub struct Terminal {
    screen: Arc<Mutex<Parser>>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    modes_before: String,
}

impl Terminal {
    /// Starts `play` with these variables set, and sets the passcode.
    pub fn play(variables: &[(&str, &str)]) -> Self {
        Self::start(CommandBuilder::new(play()), variables).with_passcode()
    }

    /// Starts `play` in English, with everything in `folder`, and sets the passcode.
    pub fn play_in(folder: &Path) -> Self {
        Self::fresh_in(folder).with_passcode()
    }

    /// The same before a passcode is set.
    pub fn fresh_in(folder: &Path) -> Self {
        let mut command = CommandBuilder::new(play());
        command.args(["--folder".as_ref(), folder.as_os_str()]);
        Self::start(command, &[])
    }

    /// Starts the app itself, in English, as the phone that `play` left in `folder`, and opens it: it has no network.
    pub fn app_in(folder: &Path) -> Self {
        let mut terminal = Self::locked_in(folder);
        terminal.wait_for("> Passcode:");
        terminal.enter(CODE);
        terminal.wait_for("[1 Today]");
        terminal
    }

    /// The same before it is opened; it logs all to `app.log` there.
    pub fn locked_in(folder: &Path) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_companion-terminal"));
        for (option, place) in [("--root", "phone"), ("--keys", "keystore")] {
            command.args([option.as_ref(), folder.join(place).as_os_str()]);
        }
        command.args(["--log".as_ref(), folder.join("app.log").as_os_str()]);
        Self::start(command, &[("RUST_LOG", "trace")])
    }

    /// Starts a program with these variables set, and nothing else that the system says of language and colour.
    fn start(mut command: CommandBuilder, variables: &[(&str, &str)]) -> Self {
        let size = PtySize {
            rows: ROWS.get(),
            cols: COLUMNS.get(),
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).unwrap();
        for name in ["LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR", "RUST_LOG"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        for (name, value) in variables {
            command.env(name, value);
        }
        let modes_before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(Parser::new(ROWS, COLUMNS, 0)));
        let mut output = pair.master.try_clone_reader().unwrap();
        let shown = screen.clone();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Ends with the program: the terminal is closed then.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().unwrap().process(&bytes[..count]);
            }
        });
        Self {
            screen,
            keyboard: pair.master.take_writer().unwrap(),
            child,
            master: pair.master,
            modes_before,
        }
    }

    fn with_passcode(mut self) -> Self {
        self.wait_until("the new passcode", |text| {
            text.contains("> New passcode:") || text.contains("> 新しいパスコード:")
        });
        self.enter(CODE);
        self.enter(CODE);
        self.wait_until("work", |text| {
            text.contains("[1 Today]") || text.contains("[1 今日]")
        });
        self
    }

    /// Types something and Enter.
    pub fn enter(&mut self, text: &str) {
        self.press(text);
        self.press(ENTER);
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// What is on the screen, row by row. A character that takes two columns is there once.
    pub fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    pub fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    pub fn wait_until(&self, what: &str, good: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            if good(&text) {
                return text;
            }
            assert!(
                Instant::now() < deadline,
                "waited in vain for {what:?}:\n{text}"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Moves down until the chosen row holds `text`.
    pub fn choose(&mut self, text: &str) {
        self.wait_for(text);
        while !self
            .text()
            .lines()
            .any(|row| row.starts_with("> ") && row.contains(text))
        {
            let before = self.text();
            self.press("j");
            self.wait_until("the next row", |now| now != before);
        }
    }

    /// Whether any character on the screen has a colour of its own.
    pub fn has_color(&self) -> bool {
        let parser = self.screen.lock().unwrap();
        let screen = parser.screen();
        let places =
            (0..ROWS.get()).flat_map(|row| (0..COLUMNS.get()).map(move |column| (row, column)));
        places
            .filter_map(|(row, column)| screen.cell(row, column))
            .any(|cell| {
                cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default
            })
    }

    /// Leaves what shows `text` by Esc. A key that follows at once would be taken for one with Alt.
    pub fn leave(&mut self, text: &str) {
        self.press(ESC);
        self.wait_until("an answer to Esc", |screen| !screen.contains(text));
    }

    /// Ends the program by SIGKILL.
    pub fn kill(mut self) {
        let id = self.child.process_id().unwrap().to_string();
        let killed = Command::new("kill").args(["-KILL", &id]).status().unwrap();
        assert!(killed.success());
        assert!(!self.child.wait().unwrap().success());
    }

    /// Tells the program that nobody is at the terminal any more; it ends by itself.
    pub fn hang_up(mut self) {
        let status = self.end_after_hang_up();
        assert!(
            status.is_some_and(|status| status.success()),
            "{}",
            self.text()
        );
    }

    /// How it ended, if it did in time.
    fn end_after_hang_up(&mut self) -> Option<ExitStatus> {
        // It may have ended before.
        let _ = self.child.clone_killer().kill();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
        None
    }

    /// Waits for the end of the program and checks that the terminal is as it was before. Answers what it left there.
    pub fn ends_well(mut self) -> String {
        self.wait_until("the ordinary screen", |text| text.contains("The CRM held"));
        assert!(self.child.wait().unwrap().success(), "{}", self.text());
        assert_eq!(modes(&*self.master), self.modes_before);
        let parser = self.screen.lock().unwrap();
        let screen = parser.screen();
        assert!(!screen.alternate_screen(), "another screen stayed");
        assert!(!screen.hide_cursor(), "the cursor stayed hidden");
        assert!(!screen.bracketed_paste(), "pasting stayed bracketed");
        screen.contents()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.end_after_hang_up();
    }
}

/// The line modes, as the system describes them.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal"))
}

/// `play`, which cargo builds beside the tests.
fn play() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(|deps| deps.parent()).unwrap();
    let program = folder.join("examples/play");
    assert!(
        program.exists(),
        "first build it: cargo build -p companion-terminal --example play"
    );
    program
}
