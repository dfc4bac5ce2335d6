//! From a passcode to a key: Argon2id (RFC 9106).

use crate::{
    bytes::base64url,
    error::{CryptoError, failed},
    random::Random,
    secret::{Key, Secret},
};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

/// What an employee types, in the one form in which Unicode writes it (NFKC): the same code typed on another keyboard is the
/// same code.
#[derive(Clone)]
pub struct Passcode(Zeroizing<String>);

impl Passcode {
    /// Takes what was typed. The caller's copy stays the caller's.
    pub fn new(typed: &str) -> Self {
        // NFKC makes of one character at most 18 (UAX 15), so nothing is copied, and left behind, on growing.
        let mut code = Zeroizing::new(String::with_capacity(typed.len() * 18));
        code.extend(typed.nfkc());
        Self(code)
    }

    /// The code, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passcode(..)")
    }
}

/// What one guess costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory in KiB.
    pub m: u32,
    /// Passes over it.
    pub t: u32,
    /// Lanes.
    pub p: u32,
}

impl Cost {
    /// The least that a slot may cost: 64 MiB, three passes, one lane.
    pub const FLOOR: Self = Self {
        m: 65_536,
        t: 3,
        p: 1,
    };

    /// The most that a slot may cost: a phone that tried more would be killed by its system, or keep its owner waiting.
    pub const CEILING: Self = Self {
        m: 1_048_576,
        t: 64,
        p: 16,
    };

    /// Whether a guess costs at least as much as under `floor`.
    pub fn covers(&self, floor: &Self) -> bool {
        self.m >= floor.m && self.t >= floor.t && self.p >= floor.p
    }

    /// The passes that would have taken about 350 ms where these took `took`; never fewer than these.
    pub fn raised(self, took: Duration) -> Self {
        const AIM: u128 = 350;
        // Were the time measured wrongly, each unlocking would pay for it.
        const MOST: u32 = Cost::CEILING.t;
        let passes = u128::from(self.t) * AIM / took.as_millis().max(1);
        Self {
            t: u32::try_from(passes).unwrap_or(MOST).min(MOST).max(self.t),
            ..self
        }
    }
}

/// How a code becomes a part of a slot's secret: the member `kdf` of a passcode slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kdf {
    /// What one guess costs.
    #[serde(flatten)]
    pub cost: Cost,
    #[serde(with = "base64url")]
    salt: [u8; 16],
}

impl Kdf {
    /// With a fresh salt.
    pub fn new(random: &dyn Random, cost: Cost) -> Self {
        let mut salt = [0; 16];
        random.fill(&mut salt);
        Self { cost, salt }
    }

    /// The secret of a passcode slot: `Argon2id(NFKC(code), salt)[32] H`.
    ///
    /// # Errors
    /// As [`stretch`].
    pub fn secret(&self, code: &Passcode, h: &Key) -> Result<Secret<64>, CryptoError> {
        let stretched = stretch(code, &self.salt, &self.cost)?;
        let mut secret = Zeroizing::new([0; 64]);
        let halves = stretched.expose().iter().chain(h.expose());
        for (to, from) in secret.iter_mut().zip(halves) {
            *to = *from;
        }
        Ok(Secret::new(*secret))
    }
}

/// `Argon2id(NFKC(code), salt)[32]`. It takes the memory and the time that `cost` says.
///
/// # Errors
/// `Failed` for a cost that Argon2 does not know.
pub fn stretch(code: &Passcode, salt: &[u8; 16], cost: &Cost) -> Result<Key, CryptoError> {
    let params = Params::new(cost.m, cost.t, cost.p, Some(32)).map_err(|_| failed("cost"))?;
    let mut memory = vec![Block::default(); params.block_count()];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut out = Zeroizing::new([0; 32]);
    let done = argon.hash_password_into_with_memory(
        code.expose().as_bytes(),
        salt,
        &mut *out,
        &mut memory,
    );
    memory.zeroize();
    done.map_err(|_| failed("stretch"))?;
    Ok(Key::new(*out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{AssociatedData, ParamsBuilder};
    use data_encoding::HEXLOWER;

    const CHEAP: Cost = Cost { m: 8, t: 1, p: 1 };

    /// RFC 9106, 5.3. Its secret and associated data are not part of our format.
    #[test]
    fn agrees_with_rfc_9106() {
        let mut params = ParamsBuilder::new();
        params.m_cost(32).t_cost(3).p_cost(4).output_len(32);
        params.data(AssociatedData::new(&[4; 12]).unwrap());
        let params = params.build().unwrap();
        let argon =
            Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut tag = [0; 32];
        argon
            .hash_password_into(&[1; 32], &[2; 16], &mut tag)
            .unwrap();
        assert_eq!(
            HEXLOWER.encode(&tag),
            "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
        );
    }

    #[test]
    fn each_code_salt_and_cost_gives_another_key() {
        let key = |code: &str, salt, cost: Cost| {
            *stretch(&Passcode::new(code), &[salt; 16], &cost)
                .unwrap()
                .expose()
        };
        let one = key("493817", 1, CHEAP);
        assert_eq!(one, key("493817", 1, CHEAP));
        assert_ne!(one, key("493818", 1, CHEAP));
        assert_ne!(one, key("493817", 2, CHEAP));
        assert_ne!(one, key("493817", 1, Cost { t: 2, ..CHEAP }));
        assert_ne!(one, key("493817", 1, Cost { m: 16, ..CHEAP }));
    }

    #[test]
    fn a_secret_is_the_stretched_code_and_then_h() {
        let kdf: Kdf =
            serde_json::from_str(r#"{"m":8,"t":1,"p":1,"salt":"AAAAAAAAAAAAAAAAAAAAAA"}"#).unwrap();
        let code = Passcode::new("493817");
        let secret = kdf.secret(&code, &Key::new([9; 32])).unwrap();
        let (left, right) = secret.expose().split_at(32);
        assert_eq!(left, stretch(&code, &[0; 16], &CHEAP).unwrap().expose());
        assert_eq!(right, [9; 32]);
    }

    #[test]
    fn a_code_is_the_same_on_every_keyboard() {
        for (typed, meant) in [("４９３８１７", "493817"), ("ｶﾞ", "ガ"), ("e\u{301}", "é")]
        {
            assert_eq!(Passcode::new(typed).expose(), meant);
        }
        assert_eq!(format!("{:?}", Passcode::new("493817")), "Passcode(..)");
    }

    #[test]
    fn passes_are_raised_to_the_phones_speed_and_never_lowered() {
        let raised = |ms| Cost::FLOOR.raised(Duration::from_millis(ms)).t;
        assert_eq!(
            [raised(50), raised(100), raised(350), raised(2_000)],
            [21, 10, 3, 3]
        );
        assert_eq!(raised(0), 64);
    }

    #[test]
    fn a_weaker_set_does_not_cover_the_floor() {
        let floor = Cost::FLOOR;
        assert!(floor.covers(&floor));
        assert!(Cost { t: 4, ..floor }.covers(&floor));
        for weaker in [
            Cost { m: 65_535, ..floor },
            Cost { t: 2, ..floor },
            Cost { p: 0, ..floor },
        ] {
            assert!(!weaker.covers(&floor), "{weaker:?}");
        }
    }
}
