//! Keys where there is no hardware: they lie in files, and the phone and the person around them are what a test makes them.

mod held;

use async_trait::async_trait;
use companion_crypto::{
    random::SystemRandom,
    seal::Place,
    secret::Key,
    sign::{Algorithm, SigningKey},
};
use companion_engine::ports::{KeyLevel, KeyPurpose, KeyStore, KeyStoreError};
use held::Held;
use std::{
    fs, io,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// The file that counts the fingers that were added; no key has this name.
const FINGERS: &str = ".fingers";

/// A key store whose "hardware" is a folder, shared by all stores on it. Level: software.
pub struct FileKeyStore {
    folder: PathBuf,
    failing: Mutex<Vec<(Which, KeyStoreError)>>,
    locked: AtomicBool,
    person: watch::Sender<Person>,
}

/// Which calls fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Every call.
    All,
    /// Those about the key of this name.
    Name(String),
    /// Those that make or use a key for this purpose.
    Purpose(KeyPurpose),
}

/// What the person does whom a key for [`KeyPurpose::WrapWithUser`] asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Person {
    /// Confirms at once.
    #[default]
    Confirms,
    /// Says no.
    Refuses,
    /// Cannot be asked: has no finger enrolled, had too many tries, sees nothing of the app.
    Absent,
    /// Leaves the question open, until they do something else.
    Hesitates,
}

impl FileKeyStore {
    /// Keys in `folder`, which is made if it is missing. The phone is unlocked and the person confirms.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            failing: Mutex::new(Vec::new()),
            locked: AtomicBool::new(false),
            person: watch::Sender::new(Person::default()),
        })
    }

    /// Answers every call with `error` until told otherwise.
    pub fn fail_with(&self, error: Option<KeyStoreError>) {
        self.fail(Which::All, error);
    }

    /// Answers some calls with `error` until told otherwise.
    pub fn fail(&self, which: Which, error: Option<KeyStoreError>) {
        let mut failing = self.failing();
        failing.retain(|(other, _)| *other != which);
        failing.extend(error.map(|error| (which, error)));
    }

    /// Locks the phone or unlocks it: keys for [`KeyPurpose::WrapWhileUnlocked`] are out of reach while it is locked.
    pub fn set_locked(&self, locked: bool) {
        self.locked.store(locked, Ordering::Release);
    }

    /// What the person does from now on, and where a question is open.
    pub fn set_person(&self, person: Person) {
        self.person.send_replace(person);
    }

    /// Enrols another finger: the keys for [`KeyPurpose::WrapWithUser`] that there are unwrap nothing any more.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn add_finger(&self) -> io::Result<()> {
        let fingers = self.fingers().wrapping_add(1);
        fs::write(self.folder.join(FINGERS), [fingers])
    }

    fn fingers(&self) -> u8 {
        let counted = fs::read(self.folder.join(FINGERS)).unwrap_or_default();
        counted.first().copied().unwrap_or(0)
    }

    fn failing(&self) -> MutexGuard<'_, Vec<(Which, KeyStoreError)>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, fails: impl Fn(&Which) -> bool) -> Result<(), KeyStoreError> {
        let failing = self.failing();
        match failing.iter().find(|(which, _)| fails(which)) {
            Some((_, error)) => Err(error.clone()),
            None => Ok(()),
        }
    }

    fn check_name(&self, name: &str) -> Result<(), KeyStoreError> {
        self.check(|which| match which {
            Which::All => true,
            Which::Name(failing) => failing == name,
            Which::Purpose(_) => false,
        })
    }

    fn check_purpose(&self, purpose: KeyPurpose) -> Result<(), KeyStoreError> {
        self.check(|which| *which == Which::Purpose(purpose))?;
        if purpose == KeyPurpose::WrapWhileUnlocked && self.locked.load(Ordering::Acquire) {
            return Err(KeyStoreError::NotNow);
        }
        Ok(())
    }

    /// The key `name`, to be used now.
    fn held(&self, name: &str) -> Result<Held, KeyStoreError> {
        self.check_name(name)?;
        let held = Held::read(&self.folder.join(name))?.ok_or(KeyStoreError::Gone)?;
        self.check_purpose(held.purpose)?;
        Ok(held)
    }

    /// Asks the person, whose fingers must be those of when the key was made.
    async fn ask(&self, held: &Held) -> Result<(), KeyStoreError> {
        if held.fingers != self.fingers() {
            return Err(KeyStoreError::Gone);
        }
        let mut person = self.person.subscribe();
        let person = person.wait_for(|person| *person != Person::Hesitates).await;
        match person.map(|person| *person) {
            Ok(Person::Confirms) => Ok(()),
            Ok(Person::Refuses) => Err(KeyStoreError::Cancelled),
            Ok(Person::Absent | Person::Hesitates) | Err(_) => Err(KeyStoreError::NeedsUser),
        }
    }

    fn create(&self, name: &str, purpose: KeyPurpose) -> Result<Held, KeyStoreError> {
        if purpose == KeyPurpose::WrapWithUser && *self.person.borrow() == Person::Absent {
            return Err(KeyStoreError::NeedsUser);
        }
        let key = if purpose == KeyPurpose::Sign {
            let key = SigningKey::generate(&SystemRandom, Algorithm::Es256);
            key.map_err(|_| failed("key"))?.to_pkcs8()
        } else {
            Zeroizing::new(Key::random(&SystemRandom).expose().to_vec())
        };
        let held = Held {
            purpose,
            fingers: self.fingers(),
            key,
        };
        held.write(&self.folder.join(name))?;
        Ok(held)
    }
}

#[async_trait]
impl KeyStore for FileKeyStore {
    async fn make(&self, name: &str, purpose: KeyPurpose) -> Result<Option<String>, KeyStoreError> {
        self.check_name(name)?;
        self.check_purpose(purpose)?;
        let held = match Held::read(&self.folder.join(name))? {
            Some(held) if held.purpose != purpose => return Err(failed("purpose")),
            Some(held) => held,
            None => self.create(name, purpose)?,
        };
        if purpose != KeyPurpose::Sign {
            return Ok(None);
        }
        let jwk = serde_json::to_string(held.signing_key()?.public());
        jwk.map(Some).map_err(|_| failed("jwk"))
    }

    async fn wrap(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        let sealer = self.held(name)?.sealer()?;
        let sealed = sealer.seal(&SystemRandom, &Place::row(name, 0), secret);
        sealed.map_err(|_| failed("wrap"))
    }

    async fn unwrap(
        &self,
        name: &str,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        let held = self.held(name)?;
        if held.purpose == KeyPurpose::WrapWithUser {
            self.ask(&held).await?;
        }
        let plain = held.sealer()?.open(&Place::row(name, 0), wrapped);
        // Hardware that does not know the key under which something was wrapped says that the key is gone.
        plain.map(Zeroizing::new).map_err(|_| KeyStoreError::Gone)
    }

    async fn sign(&self, name: &str, input: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        let key = self.held(name)?.signing_key()?;
        key.sign(input).map_err(|_| failed("sign"))
    }

    async fn delete(&self, name: &str) -> Result<(), KeyStoreError> {
        self.check_name(name)?;
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("delete")),
            _ => Ok(()),
        }
    }

    fn level(&self) -> KeyLevel {
        KeyLevel::Software
    }
}

fn failed(code: &str) -> KeyStoreError {
    KeyStoreError::Failed {
        code: code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KeyPurpose::{Sign, Wrap, WrapWhileUnlocked, WrapWithUser};
    use std::sync::Arc;

    const SECRET: &[u8] = &[7; 32];
    const WRAPPING: [KeyPurpose; 3] = [Wrap, WrapWhileUnlocked, WrapWithUser];

    fn store() -> (tempfile::TempDir, FileKeyStore) {
        let folder = tempfile::tempdir().unwrap();
        let keys = FileKeyStore::new(folder.path()).unwrap();
        (folder, keys)
    }

    /// Makes a key and answers a secret wrapped by it.
    async fn wrapped(keys: &FileKeyStore, name: &str, purpose: KeyPurpose) -> Vec<u8> {
        assert_eq!(keys.make(name, purpose).await, Ok(None));
        keys.wrap(name, SECRET).await.unwrap()
    }

    async fn unwrapped(
        keys: &FileKeyStore,
        name: &str,
        wrapped: &[u8],
    ) -> Result<(), KeyStoreError> {
        let secret = keys.unwrap(name, wrapped).await?;
        assert_eq!(*secret, SECRET);
        Ok(())
    }

    #[tokio::test]
    async fn a_key_serves_its_purpose_alone() {
        let (_folder, keys) = store();
        for purpose in WRAPPING {
            let name = format!("{purpose:?}");
            let secret = wrapped(&keys, &name, purpose).await;
            assert_eq!(keys.make(&name, purpose).await, Ok(None));
            assert_eq!(unwrapped(&keys, &name, &secret).await, Ok(()));
            assert_eq!(keys.sign(&name, b"input").await, Err(failed("purpose")));
            for other in [Wrap, WrapWhileUnlocked, WrapWithUser, Sign] {
                let expected = if other == purpose {
                    Ok(None)
                } else {
                    Err(failed("purpose"))
                };
                assert_eq!(
                    keys.make(&name, other).await,
                    expected,
                    "{purpose:?} {other:?}"
                );
            }
        }
        let public = keys.make("device", Sign).await.unwrap();
        assert!(public.is_some());
        assert_eq!(keys.make("device", Sign).await.unwrap(), public);
        assert_eq!(keys.wrap("device", SECRET).await, Err(failed("purpose")));
    }

    #[tokio::test]
    async fn a_locked_phone_holds_back_what_only_an_unlocked_one_may_use() {
        let (_folder, keys) = store();
        let mut secrets = Vec::new();
        for purpose in WRAPPING {
            secrets.push(wrapped(&keys, &format!("{purpose:?}"), purpose).await);
        }
        keys.set_locked(true);
        for (purpose, secret) in WRAPPING.into_iter().zip(&secrets) {
            let name = format!("{purpose:?}");
            let expected = if purpose == WrapWhileUnlocked {
                Err(KeyStoreError::NotNow)
            } else {
                Ok(())
            };
            assert_eq!(unwrapped(&keys, &name, secret).await, expected, "{name}");
            assert_eq!(keys.wrap(&name, SECRET).await.map(drop), expected, "{name}");
            assert_eq!(
                keys.make(&name, purpose).await.map(drop),
                expected,
                "{name}"
            );
        }
        keys.set_locked(false);
        assert_eq!(
            unwrapped(&keys, "WrapWhileUnlocked", &secrets[1]).await,
            Ok(())
        );
        keys.set_locked(true);
        keys.delete("WrapWhileUnlocked").await.unwrap();
        keys.set_locked(false);
        let gone = unwrapped(&keys, "WrapWhileUnlocked", &secrets[1]).await;
        assert_eq!(gone, Err(KeyStoreError::Gone));
    }

    #[tokio::test]
    async fn another_finger_ends_the_keys_that_want_the_user_and_lasts() {
        let (folder, keys) = store();
        let old = wrapped(&keys, "old", WrapWithUser).await;
        let plain = wrapped(&keys, "plain", Wrap).await;
        keys.add_finger().unwrap();
        let keys = FileKeyStore::new(folder.path()).unwrap();
        assert_eq!(
            unwrapped(&keys, "old", &old).await,
            Err(KeyStoreError::Gone)
        );
        assert_eq!(unwrapped(&keys, "plain", &plain).await, Ok(()));
        let new = wrapped(&keys, "new", WrapWithUser).await;
        assert_eq!(unwrapped(&keys, "new", &new).await, Ok(()));
    }

    #[tokio::test]
    async fn wrapping_asks_nobody_and_unwrapping_asks_the_person() {
        let (_folder, keys) = store();
        keys.set_person(Person::Refuses);
        let secret = wrapped(&keys, "key", WrapWithUser).await;
        let plain = wrapped(&keys, "plain", Wrap).await;
        assert_eq!(unwrapped(&keys, "plain", &plain).await, Ok(()));
        assert_eq!(
            unwrapped(&keys, "key", &secret).await,
            Err(KeyStoreError::Cancelled)
        );
        keys.set_person(Person::Absent);
        assert_eq!(
            unwrapped(&keys, "key", &secret).await,
            Err(KeyStoreError::NeedsUser)
        );
        assert_eq!(keys.make("key", WrapWithUser).await, Ok(None));
        assert_eq!(
            keys.make("other", WrapWithUser).await,
            Err(KeyStoreError::NeedsUser)
        );
        keys.set_person(Person::Confirms);
        assert_eq!(unwrapped(&keys, "key", &secret).await, Ok(()));
    }

    #[tokio::test]
    async fn an_open_question_waits_and_goes_with_its_call() {
        let (_folder, keys) = store();
        let secret = wrapped(&keys, "key", WrapWithUser).await;
        keys.set_person(Person::Hesitates);
        let keys = Arc::new(keys);
        let asking = || {
            let (keys, secret) = (keys.clone(), secret.clone());
            tokio::spawn(async move { unwrapped(&keys, "key", &secret).await })
        };
        let (dropped, answered) = (asking(), asking());
        tokio::task::yield_now().await;
        assert_eq!(keys.person.receiver_count(), 2);
        dropped.abort();
        assert!(dropped.await.unwrap_err().is_cancelled());
        assert_eq!(keys.person.receiver_count(), 1);
        keys.set_person(Person::Confirms);
        assert_eq!(answered.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn what_fails_is_chosen_by_name_and_by_purpose() {
        let (_folder, keys) = store();
        let one = wrapped(&keys, "one", Wrap).await;
        let two = wrapped(&keys, "two", WrapWithUser).await;
        let (name, purpose) = (Which::Name("one".into()), Which::Purpose(WrapWithUser));
        keys.fail(name.clone(), Some(KeyStoreError::Gone));
        assert_eq!(
            unwrapped(&keys, "one", &one).await,
            Err(KeyStoreError::Gone)
        );
        assert_eq!(keys.delete("one").await, Err(KeyStoreError::Gone));
        assert_eq!(unwrapped(&keys, "two", &two).await, Ok(()));
        keys.fail(name, None);
        keys.fail(purpose.clone(), Some(failed("row")));
        assert_eq!(unwrapped(&keys, "one", &one).await, Ok(()));
        assert_eq!(unwrapped(&keys, "two", &two).await, Err(failed("row")));
        assert_eq!(keys.make("three", WrapWithUser).await, Err(failed("row")));
        keys.fail(purpose, None);
        keys.fail_with(Some(KeyStoreError::NotNow));
        assert_eq!(
            unwrapped(&keys, "one", &one).await,
            Err(KeyStoreError::NotNow)
        );
        keys.fail_with(None);
        assert_eq!(unwrapped(&keys, "two", &two).await, Ok(()));
    }

    #[tokio::test]
    async fn a_damaged_key_and_another_key_of_the_name_are_gone() {
        let (folder, keys) = store();
        let secret = wrapped(&keys, "key", WrapWhileUnlocked).await;
        for damage in [&b""[..], &[7; 32], b"u", b"l short"] {
            fs::write(folder.path().join("key"), damage).unwrap();
            let kept = keys.make("key", Wrap).await;
            assert!(kept.is_err(), "{kept:?}");
            assert_eq!(
                unwrapped(&keys, "key", &secret).await,
                Err(KeyStoreError::Gone)
            );
        }
        keys.delete("key").await.unwrap();
        wrapped(&keys, "key", WrapWhileUnlocked).await;
        assert_eq!(
            unwrapped(&keys, "key", &secret).await,
            Err(KeyStoreError::Gone)
        );
    }
}
