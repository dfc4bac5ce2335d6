//! What stands in a library's metadata, as text: one block for each thing whose parts belong together, one line for each call.

use std::{collections::BTreeMap, error::Error};
use uniffi_meta::{
    DefaultValueMetadata, FieldMetadata, FnParamMetadata, LiteralMetadata, Metadata, Type,
};

/// Heads of blocks with their parts.
pub type Blocks = BTreeMap<String, Vec<String>>;

/// Adds `item` to what is known already.
///
/// # Errors
/// For a kind of item that has no form here.
pub fn add(blocks: &mut Blocks, item: &Metadata) -> Result<(), Box<dyn Error>> {
    let (head, parts) = match item {
        Metadata::Namespace(_) | Metadata::UdlFile(_) => return Ok(()),
        Metadata::Record(record) => (
            format!("record {}", record.name),
            record.fields.iter().map(field).collect(),
        ),
        Metadata::Enum(of) => {
            let kind = if of.shape.is_error() { "error" } else { "enum" };
            let cases = of.variants.iter().map(|case| {
                let fields: Vec<_> = case.fields.iter().map(field).collect();
                match fields.as_slice() {
                    [] => case.name.clone(),
                    fields => format!("{}({})", case.name, fields.join(", ")),
                }
            });
            (format!("{kind} {}", of.name), cases.collect())
        }
        Metadata::CustomType(custom) => (
            format!("type {} = {}", custom.name, type_name(&custom.builtin)),
            Vec::new(),
        ),
        Metadata::Object(object) => {
            let kind = if object.imp.has_struct() {
                "object"
            } else {
                "port"
            };
            (format!("{kind} {}", object.name), Vec::new())
        }
        Metadata::Func(of) => (
            call(
                of.name.clone(),
                of.is_async,
                &of.inputs,
                of.return_type.as_ref(),
                of.throws.as_ref(),
            ),
            Vec::new(),
        ),
        Metadata::Constructor(of) => {
            let name = format!("{}::{}", of.self_name, of.name);
            let line = call(name, of.is_async, &of.inputs, None, of.throws.as_ref());
            (line, Vec::new())
        }
        Metadata::Method(of) => {
            let name = format!("{}.{}", of.self_name, of.name);
            let line = call(
                name,
                of.is_async,
                &of.inputs,
                of.return_type.as_ref(),
                of.throws.as_ref(),
            );
            (line, Vec::new())
        }
        // Whoever implements a port must implement all of it, so its methods are parts and not lines of their own.
        Metadata::TraitMethod(of) => {
            let line = call(
                of.name.clone(),
                of.is_async,
                &of.inputs,
                of.return_type.as_ref(),
                of.throws.as_ref(),
            );
            (format!("port {}", of.trait_name), vec![line])
        }
        Metadata::CallbackInterface(_)
        | Metadata::UniffiTrait(_)
        | Metadata::ObjectTraitImpl(_) => {
            return Err(format!("no form for {item:?}").into());
        }
    };
    blocks.entry(head).or_default().extend(parts);
    Ok(())
}

fn call(
    name: String,
    is_async: bool,
    inputs: &[FnParamMetadata],
    returns: Option<&Type>,
    throws: Option<&Type>,
) -> String {
    let inputs: Vec<_> = inputs
        .iter()
        .map(|input| part(&input.name, &input.ty, input.default.as_ref()))
        .collect();
    let is_async = if is_async { " async" } else { "" };
    let returns = returns.map_or_else(String::new, |of| format!(" -> {}", type_name(of)));
    let throws = throws.map_or_else(String::new, |of| format!(" throws {}", type_name(of)));
    format!(
        "fn {name}({}){is_async}{returns}{throws}",
        inputs.join(", ")
    )
}

fn field(field: &FieldMetadata) -> String {
    part(&field.name, &field.ty, field.default.as_ref())
}

fn part(name: &str, of: &Type, default: Option<&DefaultValueMetadata>) -> String {
    let default = default.map_or_else(String::new, |value| format!(" = {}", literal(value)));
    format!("{name}: {}{default}", type_name(of))
}

fn literal(value: &DefaultValueMetadata) -> String {
    match value {
        DefaultValueMetadata::Literal(LiteralMetadata::UInt(number, ..)) => number.to_string(),
        DefaultValueMetadata::Literal(LiteralMetadata::Int(number, ..)) => number.to_string(),
        DefaultValueMetadata::Literal(LiteralMetadata::None) => "none".into(),
        other => format!("{other:?}"),
    }
}

fn type_name(of: &Type) -> String {
    match of {
        Type::Optional { inner_type } => format!("{}?", type_name(inner_type)),
        Type::Sequence { inner_type } => format!("[{}]", type_name(inner_type)),
        named => named
            .name()
            .map_or_else(|| format!("{named:?}"), ToOwned::to_owned),
    }
}
