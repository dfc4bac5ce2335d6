//! What a message holds.

use super::{Unread, json::Object, message::error_code};
use companion_domain::event::{Attachment, Content, Location};
use serde_json::{Map, Value};

/// Reads the content of a message of type `kind`; an edit holds its new content in the same shape.
///
/// A type that we do not know becomes `unsupported` with the type's name, so that the conversation shows that something was
/// said. `details` carries what the kind needs beside text: `error_code`, `unsupported_type`, `contact_names`, `contacts`,
/// `interactive_type`, `reply_id`, `description`, `form`, `payload`, `catalog_id`, `items`, `animated`, `url` of a place,
/// `referral`, `referred_product`.
pub(super) fn read(message: &Object<'_>, kind: &str) -> Result<Content, Unread> {
    let mut content = match kind {
        "text" => text(message)?,
        "image" | "video" | "audio" | "document" | "sticker" => medium(message, kind)?,
        "location" => location(message)?,
        "contacts" => contacts(message)?,
        "interactive" => interactive(message)?,
        "button" => button(message)?,
        "order" => order(message)?,
        "media_placeholder" => of_kind("media_omitted", None),
        _ => unsupported(message, kind),
    };
    let context = message.object("context");
    let product = context.and_then(|context| context.value("referred_product"));
    let product = product.filter(|product| product.as_object().is_some_and(|p| !p.is_empty()));
    add(&mut content.details, "error_code", error_code(message));
    add(&mut content.details, "referral", message.value("referral"));
    add(&mut content.details, "referred_product", product);
    Ok(content)
}

fn text(message: &Object<'_>) -> Result<Content, Unread> {
    let body = message.object("text").and_then(|text| text.text("body"));
    Ok(of_kind("text", Some(body.ok_or("text.body: not text")?)))
}

fn medium(message: &Object<'_>, kind: &str) -> Result<Content, Unread> {
    let medium = message.object(kind).ok_or("medium: not an object")?;
    let voice = kind == "audio" && medium.flag("voice") == Some(true);
    let mut content = of_kind(if voice { "voice" } else { kind }, medium.text("caption"));
    content.attachments.push(Attachment {
        id: medium.id("id"),
        name: medium.text("filename"),
        mime: medium.text("mime_type"),
        sha256: medium.text("sha256"),
        size: None,
        duration_s: None,
    });
    add(&mut content.details, "animated", medium.flag("animated"));
    Ok(content)
}

fn location(message: &Object<'_>) -> Result<Content, Unread> {
    let place = message
        .object("location")
        .ok_or("location: not an object")?;
    let degrees = |name| place.raw(name).and_then(degrees);
    let mut content = of_kind("location", None);
    content.location = Some(Location {
        name: place.text("name"),
        address: place.text("address"),
        lat: degrees("latitude").ok_or("location.latitude: not degrees")?,
        lon: degrees("longitude").ok_or("location.longitude: not degrees")?,
    });
    add(&mut content.details, "url", place.text("url"));
    Ok(content)
}

/// A coordinate in the digits of the payload, whether it is a number there or text.
fn degrees(raw: &serde_json::value::RawValue) -> Option<String> {
    let digits = raw.get().trim_matches('"');
    let degrees = digits.parse::<f64>().ok()?;
    (-180.0..=180.0)
        .contains(&degrees)
        .then(|| digits.to_owned())
}

fn contacts(message: &Object<'_>) -> Result<Content, Unread> {
    message.list("contacts").ok_or("contacts: not a list")?;
    let names: Vec<_> = message
        .objects("contacts")
        .filter_map(|contact| contact.object("name")?.text("formatted_name"))
        .collect();
    let mut content = of_kind("contacts", None);
    add(&mut content.details, "contact_names", Some(names));
    add(&mut content.details, "contacts", message.value("contacts"));
    Ok(content)
}

fn interactive(message: &Object<'_>) -> Result<Content, Unread> {
    let interactive = message
        .object("interactive")
        .ok_or("interactive: not an object")?;
    let kind = interactive
        .text("type")
        .ok_or("interactive.type: missing")?;
    let mut content = of_kind("interactive", None);
    if let Some(reply) = interactive.object(&kind) {
        content.text = reply.text("title").or_else(|| reply.text("body"));
        let details = &mut content.details;
        add(details, "reply_id", reply.id("id"));
        add(details, "description", reply.text("description"));
        add(details, "form", reply.text("response_json"));
    }
    add(&mut content.details, "interactive_type", Some(kind));
    Ok(content)
}

fn button(message: &Object<'_>) -> Result<Content, Unread> {
    let button = message.object("button").ok_or("button: not an object")?;
    let mut content = of_kind("interactive", button.text("text"));
    add(&mut content.details, "interactive_type", Some("button"));
    add(&mut content.details, "payload", button.text("payload"));
    Ok(content)
}

fn order(message: &Object<'_>) -> Result<Content, Unread> {
    let order = message.object("order").ok_or("order: not an object")?;
    let mut content = of_kind("order", order.text("text"));
    add(&mut content.details, "catalog_id", order.id("catalog_id"));
    add(&mut content.details, "items", order.value("product_items"));
    Ok(content)
}

fn unsupported(message: &Object<'_>, kind: &str) -> Content {
    let told = message
        .object("unsupported")
        .and_then(|what| what.text("type"));
    let kind = told.or_else(|| {
        let silent = kind.is_empty() || kind == "unsupported" || kind == "errors";
        (!silent).then(|| kind.to_owned())
    });
    let mut content = of_kind("unsupported", None);
    add(&mut content.details, "unsupported_type", kind);
    content
}

fn of_kind(kind: &str, text: Option<String>) -> Content {
    Content {
        kind: kind.to_owned(),
        text,
        ..Content::default()
    }
}

fn add(details: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    details.extend(value.map(|value| (name.to_owned(), value.into())));
}
