//! What stands before work while it cannot be read, and the way through. While it stands, the model holds nothing of work but
//! what the employee has not sent yet.

use super::{
    Answer, Effect, Listing, Model, What,
    form::{Ask, Filled, Form},
};
use crate::{said::said, texts::Text};
use companion_domain::{
    outbound::OutboundContent,
    reason::{Code, Reason},
};
use companion_engine::{
    CompanionError,
    values::{ClientState, RecoveryRequest},
};
use crossterm::event::KeyCode;

/// What stands before work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// There is no passcode yet.
    NoPasscode,
    /// It is locked.
    Locked,
    /// Only the company can open it.
    Recovery,
    /// Nothing opens it from here: work is or was erased.
    Closed,
}

impl Door {
    /// By the core's word for the lock; `None` if work is open.
    fn of(word: &str) -> Option<Self> {
        match word {
            "unlocked" => None,
            "no_passcode_yet" => Some(Self::NoPasscode),
            "locked" => Some(Self::Locked),
            "recovery_needed" => Some(Self::Recovery),
            _ => Some(Self::Closed),
        }
    }
}

/// The screen that stands before work.
pub struct Gate {
    /// What stands there.
    pub door: Door,
    /// Why, in the core's words.
    pub reasons: Vec<Reason>,
    /// The request for the company, once it was asked for.
    pub request: Option<Result<RecoveryRequest, CompanionError>>,
    /// Whether the employee goes the company's way, though the passcode may open.
    pub by_company: bool,
    /// Whether what was asked before the lock may still be answered.
    settling: bool,
}

impl Gate {
    fn new(door: Door) -> Self {
        Self {
            door,
            reasons: Vec::new(),
            request: None,
            by_company: false,
            settling: false,
        }
    }

    /// Whether the company's way is in front.
    pub fn through_company(&self) -> bool {
        self.by_company || self.door == Door::Recovery
    }

    /// What is to be typed, if anything helps.
    fn ask(&self) -> Option<Ask> {
        let by_new_passcode =
            |reason: &Reason| reason.ends_by.iter().any(|it| it == "set_passcode");
        match self.door {
            Door::NoPasscode => Some(Ask::First),
            _ if self.through_company() => {
                matches!(self.request, Some(Ok(_))).then_some(Ask::Recover)
            }
            Door::Locked if self.reasons.iter().any(by_new_passcode) => Some(Ask::Change),
            Door::Locked => Some(Ask::Unlock),
            Door::Recovery | Door::Closed => None,
        }
    }
}

impl Model {
    /// Takes what the core says of the lock: the gate stands, or opens and everything is read.
    pub(super) fn take_state(&mut self, state: ClientState) -> Vec<Effect> {
        match (Door::of(&state.lock), &mut self.gate) {
            (None, Some(gate)) if gate.settling => Vec::new(),
            (None, Some(_)) => {
                (self.gate, self.form, self.state) = (None, None, Some(state));
                self.beginning()
            }
            (None, None) => {
                self.state = Some(state);
                Vec::new()
            }
            (Some(door), Some(gate)) if gate.door == door => Vec::new(),
            (Some(door), _) => self.shut(door),
        }
    }

    /// Puts `door` before work and forgets what was read of it. What was written stays for later.
    pub(super) fn shut(&mut self, door: Door) -> Vec<Effect> {
        let settling = self.gate.as_ref().is_some_and(|gate| gate.settling);
        self.gate = Some(Gate {
            settling,
            ..Gate::new(door)
        });
        if let Some(chat) = self.chat.take()
            && let Some(composer) = chat.composer
        {
            self.drafts.insert(chat.key, composer.text().to_owned());
        }
        if door == Door::Closed {
            self.drafts.clear();
        }
        (self.over, self.form, self.notice) = (None, None, None);
        (self.state, self.diagnostics, self.today) = (None, None, 0);
        self.inbox = Listing::new(self.now);
        self.undecided = Listing::new(self.now);
        self.queue = Listing::new(self.now);
        self.ledger = Listing::new(self.now);
        self.journal = Listing::new(self.now);
        self.renew_form();
        self.read_gate()
    }

    /// Locks now. What was asked for before is not taken any more.
    pub(super) fn lock(&mut self) -> Vec<Effect> {
        if self.gate.is_some() {
            return Vec::new();
        }
        // What is to be shown there is read once it is locked.
        let _ = self.shut(Door::Locked);
        if let Some(gate) = &mut self.gate {
            gate.settling = true;
        }
        vec![Effect::Lock]
    }

    /// Whatever is answered from here on was asked of a locked client.
    pub(super) fn locked(&mut self) -> Vec<Effect> {
        if let Some(gate) = &mut self.gate {
            gate.settling = false;
        }
        self.read_gate()
    }

    /// Reads how the lock stands, and what the screen before work shows.
    pub(super) fn read_gate(&self) -> Vec<Effect> {
        let mut effects = vec![Effect::Load(What::State, 1)];
        if let Some(gate) = &self.gate {
            effects.push(Effect::Load(What::Why(self.language), 1));
            if gate.through_company() && gate.request.is_none() {
                effects.push(Effect::Load(What::Request, 1));
            }
        }
        effects
    }

    /// Takes an answer while work cannot be read. What is of work comes too late, but for text that is not sent yet.
    pub(super) fn answered_at_gate(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::State(Ok(state)) => return self.take_state(state),
            Answer::Why(Ok(reasons)) => self.take_reasons(reasons),
            Answer::Request(request) => {
                if let Some(gate) = &mut self.gate {
                    gate.request = Some(request);
                }
                self.renew_form();
            }
            Answer::Opened(result) => return self.opened(result),
            Answer::Synced(result) => self.synced(result.map(drop)),
            Answer::Sent(draft, Err(_)) => {
                if let OutboundContent::Text { text, .. } = draft.content {
                    self.drafts.insert(draft.conversation, text);
                }
            }
            Answer::Edited(key, Ok(Some(text))) => _ = self.drafts.insert(key, text),
            _ => {}
        }
        Vec::new()
    }

    /// A delay of the passcode outlives the app, so its end is taken from the core.
    fn take_reasons(&mut self, reasons: Vec<Reason>) {
        let delay = reasons.iter().find(|one| one.code == Code::PasscodeDelay);
        let until = delay.and_then(|one| one.until);
        if let Some(gate) = &mut self.gate {
            gate.reasons = reasons;
        }
        self.renew_form();
        if let Some(form) = &mut self.form {
            form.retry_at = until;
        }
    }

    /// Begins another form where another one is asked for.
    fn renew_form(&mut self) {
        let Some(gate) = &self.gate else { return };
        let ask = gate.ask();
        if self.form.as_ref().map(|form| form.ask) != ask {
            self.form = ask.map(Form::new);
        }
    }

    /// What came of a form.
    pub(super) fn opened(&mut self, result: Result<(), CompanionError>) -> Vec<Effect> {
        if let (None, Err(error)) = (&self.gate, &result)
            && let Some(door) = behind(error)
        {
            return self.shut(door);
        }
        let first = Effect::Load(What::State, 1);
        let Some(form) = &mut self.form else {
            return vec![first];
        };
        form.busy = false;
        let text = match result {
            Ok(()) => {
                let set = form.ask != Ask::Unlock;
                self.form = None;
                self.renew_form();
                set.then_some(Text::PasscodeSet.of(self.language).to_owned())
            }
            Err(error) => {
                form.clear();
                self.refused(error)
            }
        };
        self.notice = text;
        let mut effects = self.read_gate();
        effects.retain(|effect| !matches!(effect, Effect::Load(What::Request, _)));
        effects
    }

    /// Why a form was refused, where the form itself does not say it.
    fn refused(&mut self, error: CompanionError) -> Option<String> {
        let text = match error {
            CompanionError::WrongPasscode {
                tries_left,
                retry_at,
            } => {
                let form = self.form.as_mut()?;
                (form.tries_left, form.retry_at) = (Some(tries_left), retry_at);
                return None;
            }
            CompanionError::InvalidInput { place, .. } if place == "answer" => {
                Text::AnswerRefused.of(self.language).to_owned()
            }
            CompanionError::InvalidInput { place, code } if place == "passcode" => {
                Code::parse(&code)?.reason(self.language).text
            }
            error => said(&error, self.language),
        };
        Some(text)
    }

    /// Keys while a form is filled, or a gate stands without one.
    pub(super) fn fill(&mut self, code: KeyCode) -> Vec<Effect> {
        if self.form.as_ref().is_some_and(|form| form.busy) {
            return Vec::new();
        }
        if code == KeyCode::Esc {
            return self.leave_form();
        }
        let Some(form) = &mut self.form else {
            return Vec::new();
        };
        match code {
            KeyCode::Tab | KeyCode::Down => form.go(true),
            KeyCode::BackTab | KeyCode::Up => form.go(false),
            KeyCode::Backspace => form.erase(),
            KeyCode::Char(c) => form.write(c.encode_utf8(&mut [0; 4])),
            KeyCode::Enter if !form.is_last() => form.go(true),
            KeyCode::Enter => return self.hand_in(),
            _ => {}
        }
        Vec::new()
    }

    fn hand_in(&mut self) -> Vec<Effect> {
        let Some(form) = &mut self.form else {
            return Vec::new();
        };
        if form.must_wait(self.now) || !form.is_full() {
            return Vec::new();
        }
        let filled = form.filled();
        form.clear();
        form.busy = filled.is_some();
        match filled {
            Some(Filled::Unlock(with)) => vec![Effect::Unlock(with)],
            Some(Filled::Change(change)) => vec![Effect::SetPasscode(change)],
            None => {
                self.notice = Some(Text::PasscodesDiffer.of(self.language).to_owned());
                Vec::new()
            }
        }
    }

    /// Back to the passcode, or to the settings. A gate stays.
    fn leave_form(&mut self) -> Vec<Effect> {
        match &mut self.gate {
            Some(gate) => {
                gate.by_company = false;
                self.renew_form();
            }
            None => self.form = None,
        }
        Vec::new()
    }

    /// The company's way, where the passcode would open, too.
    pub(super) fn ask_company(&mut self) -> Vec<Effect> {
        if self.form.as_ref().is_some_and(|form| form.busy) {
            return Vec::new();
        }
        match &mut self.gate {
            Some(gate) if gate.door == Door::Locked => gate.by_company = true,
            _ => return Vec::new(),
        }
        self.renew_form();
        self.read_gate()
    }
}

/// What an answer says to stand before work.
pub(super) fn behind(error: &CompanionError) -> Option<Door> {
    match error {
        CompanionError::Locked { .. } => Some(Door::Locked),
        CompanionError::RecoveryNeeded { .. } => Some(Door::Recovery),
        _ => None,
    }
}
