//! Joining by a grant that the caller brings, and opening under a policy of the caller's: how tests and demonstrations
//! set up a phone.

use super::{
    open::{self, Enrolled, GRANT_FILE, JOURNAL_FILE, T_ID, grant_place, grant_sealer},
    slots::D_ID,
};
use crate::{
    client::CompanionClient,
    error::CompanionError,
    ports::{KeyPurpose, Ports},
    session::{HardwareKey, Home, Surroundings},
    store,
    values::OpenOptions,
};
use companion_crypto::{hpke, secret::Key, sign::VerifyingKey};
use companion_domain::{grant::Grant, policy::Policy, reason::Code};
use companion_vault::{
    DATABASES, Vault, VaultConfig, VaultKeys,
    journal::Journal,
    slots::{Kind, PERSONAL_SLOTS_FILE, SLOTS_FILE, Slot, Slots, Target, Wrapped},
};
use std::{
    fs::{self, File},
    io::{self, Write},
    sync::Arc,
};

/// The number of `P` in its own counter (formats.md 8).
const P_ID: u16 = 1;

/// What the phone shows the company when it joins.
pub struct JoinOffer {
    /// The device key.
    pub device_key: VerifyingKey,
    /// Where items are sealed to.
    pub inbox_key: hpke::PublicKey,
}

/// Makes an enrolment's keys, shows their public halves to `grant` and stores what it answers. An enrolment exists once
/// its slots are written, which is the last step: a kill before leaves a folder that nobody lists.
///
/// # Errors
/// What `grant` answers, and those of the key store and the file system.
pub async fn join(
    options: OpenOptions,
    ports: Ports,
    surroundings: Surroundings,
    grant: impl FnOnce(&JoinOffer) -> Result<(Grant, String), CompanionError>,
) -> Result<(), CompanionError> {
    let home = &Home::new(options, ports, surroundings);
    fs::create_dir_all(&home.folder)
        .map_err(|error| CompanionError::internal("folder", &error.kind()))?;
    let random = home.surroundings.random.as_ref();
    let faults = &home.surroundings.faults;
    let port = home.ports.keys.as_ref();
    let secret = Key::random(random);
    let d = Key::random(random);
    let keys = VaultKeys {
        d: Some(d.clone()),
        t: Key::random(random),
        personal: Key::random(random),
    };
    for key in [
        HardwareKey::Work,
        HardwareKey::DeviceSlot,
        HardwareKey::Personal,
    ] {
        port.make(&home.key_name(key), KeyPurpose::Wrap).await?;
    }
    let device_key = make_device_key(home).await?;
    let inbox_key = open::inbox(home, &keys.t).public();
    let (grant, gateway) = grant(&JoinOffer {
        device_key: device_key.clone(),
        inbox_key,
    })?;
    let key_set = open::key_set(&grant)?;
    let config = open::config(home, &grant, &key_set);
    write_grant(
        home,
        &keys.t,
        &Enrolled {
            grant,
            gateway,
            device_key,
        },
    )?;

    let hw = port
        .wrap(
            &home.key_name(HardwareKey::Personal),
            keys.personal.expose(),
        )
        .await?;
    let mut slots = Slots::new();
    let hw = Wrapped { hw, hw_n: 0 };
    slots
        .slots
        .push(Slot::wrapped(random, Kind::Personal, P_ID, hw));
    slots.store(&home.folder.join(PERSONAL_SLOTS_FILE), faults)?;

    let hw = port
        .wrap(&home.key_name(HardwareKey::DeviceSlot), secret.expose())
        .await?;
    let d = Target { id: D_ID, key: &d };
    let device = Slot::device(random, d, Wrapped { hw, hw_n: 1 }, &secret)?;
    let hw = port
        .wrap(&home.key_name(HardwareKey::Work), keys.t.expose())
        .await?;
    let control = Slot::wrapped(random, Kind::Control, T_ID, Wrapped { hw, hw_n: 0 });
    make_store(home, config, keys)?;
    let mut slots = Slots::new();
    slots.slots.extend([device, control]);
    slots.store(&home.folder.join(SLOTS_FILE), faults)?;
    let mut journal = Journal::open(&home.folder.join(JOURNAL_FILE), faults.clone())?;
    let (code, now) = (Code::EnrolmentJoined, home.surroundings.clock.now());
    journal.append(code.as_str(), code.as_str(), "employee", None, now)?;
    Ok(())
}

impl CompanionClient {
    /// As [`CompanionClient::open_with`], under `policy`.
    ///
    /// # Errors
    /// As [`CompanionClient::open`].
    pub async fn open_under(
        policy: Policy,
        options: OpenOptions,
        ports: Ports,
        surroundings: Surroundings,
    ) -> Result<Arc<Self>, CompanionError> {
        let home = Home::new(options, ports, surroundings);
        Self::open_home(Home { policy, ..home }).await
    }
}

/// Makes the store. What a joining that was killed left has keys that are lost, and goes.
fn make_store(home: &Home, config: VaultConfig, keys: VaultKeys) -> Result<(), CompanionError> {
    for file in DATABASES {
        match fs::remove_file(home.folder.join(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(CompanionError::internal("folder", &error.kind()));
            }
            _ => {}
        }
    }
    Ok(Vault::open(config, keys)?.close()?)
}

async fn make_device_key(home: &Home) -> Result<VerifyingKey, CompanionError> {
    let jwk = home
        .ports
        .keys
        .make(&home.key_name(HardwareKey::Device), KeyPurpose::Sign)
        .await?;
    let missing = || CompanionError::internal("keystore", &"a signing key without its public half");
    serde_json::from_str(&jwk.ok_or_else(missing)?).map_err(CompanionError::from)
}

fn write_grant(home: &Home, t: &Key, enrolled: &Enrolled) -> Result<(), CompanionError> {
    let plain = store::encode("grant", enrolled)?;
    let random = home.surroundings.random.as_ref();
    let sealed = grant_sealer(home, t).seal(random, &grant_place(), &plain)?;
    let written = File::create(home.folder.join(GRANT_FILE)).and_then(|mut file| {
        file.write_all(&sealed)?;
        file.sync_all()
    });
    written.map_err(|error: io::Error| CompanionError::internal("grant", &error.kind()))
}
