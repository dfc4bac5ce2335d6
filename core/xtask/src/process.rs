//! Starting other programs: a missing one is a clear message, and none is left behind.

use crate::error::TaskError;
use std::{
    env,
    io::{BufRead, BufReader, IsTerminal, Read, stderr},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
};

/// The cargo that runs this task, with the surroundings that the user's own cargo has.
///
/// `cargo run` describes this package in the environment. Build scripts that look there would be run again at every
/// change between `cargo test` by hand and by this task, so the description goes. Colours stay where its output is read
/// by [`stream`] first.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    if stderr().is_terminal() && env::var_os("CARGO_TERM_COLOR").is_none() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// Runs `command` to its end; its failure is an error.
pub fn run(command: &mut Command) -> Result<(), TaskError> {
    let status = command
        .status()
        .map_err(|source| start_error(command, source))?;
    check(command, status)
}

/// Runs `command` to its end and returns its standard output; its failure is an error.
pub fn output(command: &mut Command) -> Result<Vec<u8>, TaskError> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| start_error(command, source))?;
    check(command, output.status)?;
    Ok(output.stdout)
}

/// Where a program wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard output.
    Output,
    /// Standard error.
    Errors,
}

/// Runs `command` to its end, hands over each line that it writes as it comes, and says whether it succeeded.
pub fn stream(
    command: &mut Command,
    mut line: impl FnMut(Source, &str),
) -> Result<bool, TaskError> {
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped
        .spawn()
        .map_err(|source| start_error(command, source))?;
    let (sender, lines) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        forward(output, Source::Output, sender.clone());
    }
    if let Some(errors) = child.stderr.take() {
        forward(errors, Source::Errors, sender);
    }
    for (source, text) in lines {
        line(source, &text);
    }
    let status = child.wait();
    Ok(status
        .map_err(|source| start_error(command, source))?
        .success())
}

/// Whether `command` starts and succeeds, without a word on the terminal.
pub fn works(command: &mut Command) -> bool {
    let silent = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// The error of a program that could not be started.
pub fn start_error(command: &Command, source: std::io::Error) -> TaskError {
    TaskError::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    }
}

/// Sends each line of `from` until it ends or nobody listens.
fn forward(
    from: impl Read + Send + 'static,
    source: Source,
    sender: mpsc::Sender<(Source, String)>,
) {
    thread::spawn(move || {
        for bytes in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if sender.send((source, text)).is_err() {
                return;
            }
        }
    });
}

fn check(command: &Command, status: ExitStatus) -> Result<(), TaskError> {
    if status.success() {
        return Ok(());
    }
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    Err(TaskError::Failed {
        command: line.join(" "),
        status,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("`no-such-program-here` cannot be started"),
            "{error}"
        );
    }

    #[test]
    fn a_failing_program_is_shown_with_its_arguments() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(
            error.to_string().starts_with("`sh -c exit 3` failed"),
            "{error}"
        );
    }

    #[test]
    fn lines_arrive_one_by_one_and_the_end_is_told() {
        let mut lines = Vec::new();
        let script = "echo one; echo wrong >&2; printf two; exit 1";
        let ended = stream(Command::new("sh").args(["-c", script]), |source, line| {
            lines.push((source, line.to_owned()));
        });
        let of = |wanted| {
            let lines = lines.iter().filter(move |(source, _)| *source == wanted);
            lines.map(|(_, line)| line.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(of(Source::Output), ["one", "two"]);
        assert_eq!(of(Source::Errors), ["wrong"]);
        assert!(!ended.unwrap());
    }
}
