//! What comes: the channel's news, what became of what was sent, an answer that is written.

use super::{Arrival, Letterbox};
use crate::{
    flow::{
        ingest,
        outcome::{self, Told},
    },
    rules::Rules,
    store::AnswerTo,
    values::ConversationRef,
};
use companion_domain::{
    event::{ChannelEvent, ContactChange, EventBody},
    id::{ClientMessageId, Key},
    message::{Message, News, Reaction},
    outbox::Input,
    time::Timestamp,
};
use companion_vault::{VaultError, Write};

/// An event of a work conversation. Tells whether it brought anything new.
pub(crate) fn take(
    write: &mut Write<'_>,
    rules: &Rules,
    conversation: &Key,
    event: &ChannelEvent,
    now: Timestamp,
) -> Result<bool, VaultError> {
    let source = ConversationRef::of_event(event);
    let mut letterbox = Letterbox::of(write, rules, conversation, &source, now)?;
    letterbox.meet(event);
    let (mut proven, mut recorded) = (None, false);
    let keep = match &event.body {
        EventBody::Message { content, .. } => match letterbox.own_echo(event)? {
            Some((name, own, source)) => {
                letterbox.learn(&own, &source)?;
                proven = Some((name.clone(), Input::Confirmed));
                let told = Told::Message {
                    name,
                    key: own,
                    source: Some(source),
                    delivery: None,
                    again: false,
                };
                letterbox.keep(Arrival::Told(told))?;
                false
            }
            None => {
                let key = letterbox.message_key(event)?;
                // A medium may follow its placeholder under the same key.
                letterbox.tell(&key, event)? || !content.attachments.is_empty()
            }
        },
        EventBody::Conversation(_) => {
            let key = letterbox.message_key(event)?;
            letterbox.tell(&key, event)?
        }
        EventBody::Edit { target, .. } | EventBody::Reaction { target, .. } => {
            let key = letterbox.target(target)?;
            letterbox.tell(&key, event)?
        }
        EventBody::Delete { targets, .. } => {
            let mut any = false;
            for target in targets {
                let key = letterbox.target(target)?;
                any |= letterbox.tell(&key, event)?;
            }
            any
        }
        EventBody::Status {
            target,
            state,
            code,
            opaque,
        } => {
            let opaque = opaque.as_deref().filter(|id| !id.is_empty());
            let mut of_message = true;
            if let Some(id) = opaque.map(ClientMessageId::new) {
                match letterbox.key_of_own(&id)? {
                    Some(own) => letterbox.learn(&own, target)?,
                    None => of_message = false,
                }
                proven = Some((id, ingest::proof(*state, code.as_deref())));
            }
            let key = letterbox.target(target)?;
            of_message && letterbox.tell(&key, event)?
        }
        EventBody::Contact(change) => {
            if let ContactChange::KeyChanged { old, new } = change {
                letterbox.moved(old, new);
            }
            true
        }
        EventBody::Gap { from, to, why } => {
            let subject = conversation.as_str();
            let record = letterbox.drafting().gap(subject, *from, *to, why);
            recorded = letterbox.record(record)?;
            false
        }
        EventBody::Account(_) | EventBody::Unknown { .. } => false,
    };
    if keep {
        letterbox.keep(Arrival::Event(event.clone()))?;
    }
    letterbox.close()?;
    if let Some((name, input)) = proven {
        outcome::settle(write, rules, name.as_str(), &input, now)?;
    }
    Ok(keep || recorded)
}

/// What became of what was sent from here.
pub(crate) fn told(
    write: &mut Write<'_>,
    rules: &Rules,
    conversation: &Key,
    source: &ConversationRef,
    told: Told,
    now: Timestamp,
) -> Result<(), VaultError> {
    let mut letterbox = Letterbox::of(write, rules, conversation, source, now)?;
    match &told {
        Told::Message {
            key,
            source,
            delivery,
            ..
        } => {
            if let Some(source) = source {
                letterbox.learn(key, source)?;
            }
            if let Some(delivery) = delivery {
                letterbox.deliver(key, delivery)?;
            }
        }
        Told::Reacted { target, emoji } => {
            let (key, reaction) = (letterbox.key_of(target)?, Reaction::own(emoji, now));
            let record = letterbox.drafting().reacted(&key, &reaction);
            letterbox.record(record)?;
        }
    }
    letterbox.keep(Arrival::Told(told))?;
    letterbox.close()
}

/// A message that was written here.
pub(crate) fn written(
    write: &mut Write<'_>,
    rules: &Rules,
    conversation: &Key,
    to: &AnswerTo,
    message: &Message,
    now: Timestamp,
) -> Result<(), VaultError> {
    let mut letterbox = Letterbox::of(write, rules, conversation, &to.source, now)?;
    letterbox.contact.clone_from(&to.contact);
    let mut record = letterbox.drafting().record(message, &News::Created);
    if let Some(quoted) = &message.reply_to {
        record.reply_to = Some(letterbox.key_of(quoted)?);
    }
    letterbox.record(record)?;
    letterbox.keep(Arrival::Written(message.clone()))?;
    letterbox.close()
}
