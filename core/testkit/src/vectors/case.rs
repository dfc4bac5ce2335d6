//! A value of a file of vectors that knows where it lies.

use super::{Checked, VectorError};
use companion_crypto::secret::Key;
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A file or one of its cases. What it holds is named by JSON pointers; bytes are base64url.
pub(super) struct Case<'a> {
    at: String,
    json: &'a Value,
}

impl<'a> Case<'a> {
    pub(super) fn file(name: &str, json: &'a Value) -> Self {
        let at = name.to_owned();
        Self { at, json }
    }

    /// Checks each case of a list. How many it has.
    pub(super) fn each(
        &self,
        list: &str,
        mut check: impl FnMut(&Case<'a>) -> Result<(), VectorError>,
    ) -> Checked {
        let mut cases = 0;
        for case in self.list(list)? {
            check(&case)?;
            cases += 1;
        }
        Ok(cases)
    }

    /// The cases of a list.
    pub(super) fn list(&self, list: &str) -> Result<Vec<Case<'a>>, VectorError> {
        let whole = self.at(list);
        let values = whole.json.as_array();
        let values = values.ok_or_else(|| whole.fault("is no list"))?;
        let numbers = 0..values.len();
        Ok(numbers.map(|n| whole.at(&format!("/{n}"))).collect())
    }

    pub(super) fn json(&self, pointer: &str) -> Result<&'a Value, VectorError> {
        let value = self.at(pointer);
        if value.json.is_null() {
            return Err(value.fault("is missing"));
        }
        Ok(value.json)
    }

    pub(super) fn has(&self, pointer: &str) -> bool {
        self.json(pointer).is_ok()
    }

    pub(super) fn text(&self, pointer: &str) -> Result<&'a str, VectorError> {
        let text = self.json(pointer)?.as_str();
        text.ok_or_else(|| self.at(pointer).fault("is no text"))
    }

    pub(super) fn texts(&self, pointer: &str) -> Result<Vec<&'a str>, VectorError> {
        let list = self.list(pointer)?;
        list.iter().map(|case| case.text("")).collect()
    }

    pub(super) fn number<N: TryFrom<u64>>(&self, pointer: &str) -> Result<N, VectorError> {
        let number = self.json(pointer)?.as_u64();
        let number = number.and_then(|number| number.try_into().ok());
        number.ok_or_else(|| self.at(pointer).fault("is no such number"))
    }

    pub(super) fn bytes(&self, pointer: &str) -> Result<Vec<u8>, VectorError> {
        let bytes = unb64(self.text(pointer)?);
        bytes.ok_or_else(|| self.at(pointer).fault("is no base64url"))
    }

    pub(super) fn array<const N: usize>(&self, pointer: &str) -> Result<[u8; N], VectorError> {
        let bytes = self.bytes(pointer)?.try_into();
        self.at(pointer).done(bytes, "has another length")
    }

    pub(super) fn key(&self, pointer: &str) -> Result<Key, VectorError> {
        Ok(Key::new(self.array(pointer)?))
    }

    pub(super) fn parse<T: DeserializeOwned>(&self, pointer: &str) -> Result<T, VectorError> {
        let value = T::deserialize(self.json(pointer)?);
        self.at(pointer).done(value, "has another form")
    }

    /// That the text at `pointer` is `ours`.
    pub(super) fn equals(&self, pointer: &str, ours: &str) -> Result<(), VectorError> {
        let same = self.text(pointer)? == ours;
        self.at(pointer).holds(same, "another value comes out")
    }

    /// That `condition` is met; `otherwise` what is wrong.
    pub(super) fn holds(
        &self,
        condition: bool,
        otherwise: &'static str,
    ) -> Result<(), VectorError> {
        if condition {
            return Ok(());
        }
        Err(self.fault(otherwise))
    }

    /// The value of what must not fail; `otherwise` what is wrong.
    pub(super) fn done<T, E>(
        &self,
        result: Result<T, E>,
        otherwise: &'static str,
    ) -> Result<T, VectorError> {
        result.map_err(|_| self.fault(otherwise))
    }

    pub(super) fn fault(&self, reason: &'static str) -> VectorError {
        let named = ["rule", "name"].map(|name| self.json.get(name).and_then(Value::as_str));
        let case = match named.into_iter().flatten().next() {
            Some(name) => format!("{} ({name})", self.at),
            None => self.at.clone(),
        };
        VectorError { case, reason }
    }

    /// What lies at `pointer`; null where nothing does.
    pub(super) fn at(&self, pointer: &str) -> Case<'a> {
        Case {
            at: format!("{}{pointer}", self.at),
            json: self.json.pointer(pointer).unwrap_or(&Value::Null),
        }
    }
}

pub(super) fn b64(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

pub(super) fn unb64(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

/// Every copy of `bytes` with one bit of one byte flipped.
pub(super) fn flipped<B: AsMut<[u8]> + Clone>(bytes: B) -> impl Iterator<Item = B> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut copy = bytes.clone();
        *copy.as_mut().get_mut(at)? ^= 1 << (at % 8);
        at += 1;
        Some(copy)
    })
}
