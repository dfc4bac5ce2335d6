//! A phone in Rust: an enrolment in a folder, and ports that do what a test says.

use async_trait::async_trait;
use companion_crypto::{
    random::SystemRandom,
    sign::{Algorithm, SigningKey},
};
use companion_domain::id::EnrolmentId;
use companion_engine::{self as engine, Surroundings, ports as lent, values::OpenOptions};
use companion_ffi::{
    CompanionClient,
    error::CompanionError,
    http::{HttpAnswer, HttpRequest},
    ports::{
        DeviceFacts, DeviceFactsError, KeyLevel, KeyPurpose, KeyStore, KeyStoreError, Ports,
        Transport, TransportError,
    },
};
use companion_testkit::{
    ports::{FileKeyStore, TestDevice},
    tenant::Tenant,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::Notify;

const ENROLMENT: &str = "7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11";

/// What a phone lends, as the other side would implement it.
pub struct TestPorts {
    keys: FileKeyStore,
    /// What the key store answers instead of working.
    pub keys_fail: Mutex<Option<fn() -> KeyStoreError>>,
    /// What the device says about its protected data.
    pub protected: fn() -> Result<bool, DeviceFactsError>,
    /// What the network answers; none never comes.
    pub network: fn() -> Option<Result<HttpAnswer, TransportError>>,
    /// Told when a request is under way.
    pub asked: Notify,
}

#[async_trait]
impl Transport for TestPorts {
    async fn exchange(&self, _: HttpRequest, _: Duration) -> Result<HttpAnswer, TransportError> {
        self.asked.notify_one();
        match (self.network)() {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

impl TestPorts {
    fn check(&self) -> Result<(), KeyStoreError> {
        match *self.keys_fail.lock().unwrap() {
            Some(error) => Err(error()),
            None => Ok(()),
        }
    }
}

fn failed(error: lent::KeyStoreError) -> KeyStoreError {
    KeyStoreError::Failed {
        code: error.to_string(),
    }
}

#[async_trait]
impl KeyStore for TestPorts {
    async fn make(
        &self,
        name: String,
        purpose: KeyPurpose,
    ) -> Result<Option<String>, KeyStoreError> {
        self.check()?;
        let made = lent::KeyStore::make(&self.keys, &name, purpose).await;
        made.map_err(failed)
    }

    async fn wrap(&self, name: String, secret: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        self.check()?;
        let wrapped = lent::KeyStore::wrap(&self.keys, &name, &secret).await;
        wrapped.map_err(failed)
    }

    async fn unwrap(&self, name: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        self.check()?;
        let secret = lent::KeyStore::unwrap(&self.keys, &name, &wrapped).await;
        secret.map(|secret| secret.to_vec()).map_err(failed)
    }

    async fn sign(&self, name: String, input: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        self.check()?;
        let signed = lent::KeyStore::sign(&self.keys, &name, &input).await;
        signed.map_err(failed)
    }

    async fn delete(&self, name: String) -> Result<(), KeyStoreError> {
        let deleted = lent::KeyStore::delete(&self.keys, &name).await;
        deleted.map_err(failed)
    }

    fn level(&self) -> Result<KeyLevel, KeyStoreError> {
        self.check()?;
        Ok(KeyLevel::SecureElement)
    }
}

impl DeviceFacts for TestPorts {
    fn boot_id(&self) -> Result<String, DeviceFactsError> {
        Err(DeviceFactsError::Unknown)
    }

    fn protected_data_available(&self) -> Result<bool, DeviceFactsError> {
        (self.protected)()
    }

    fn versions(&self) -> Result<String, DeviceFactsError> {
        Ok("test".into())
    }
}

/// A phone that joined a company whose gateway is nowhere.
pub struct Phone {
    options: OpenOptions,
    folder: TempDir,
}

impl Phone {
    pub async fn joined() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions {
            root: folder.path().join("root"),
            enrolment: EnrolmentId::new(ENROLMENT),
            shared: None,
        };
        let surroundings = Surroundings::system();
        let ingress = SigningKey::generate(&SystemRandom, Algorithm::Ed25519).unwrap();
        let now = surroundings.clock.now();
        let ingress = ingress.public().clone();
        let company = Tenant::create(&SystemRandom, "acme", ingress, Vec::new(), now).unwrap();
        let ports = lent::Ports {
            transport: Arc::new(companion_testkit::ports::HttpTransport::new().unwrap()),
            keys: Arc::new(FileKeyStore::new(folder.path().join("keys")).unwrap()),
            device: Arc::new(TestDevice::default()),
        };
        let grants = folder.path().to_owned();
        engine::join(options.clone(), ports, surroundings, |offer| {
            let grant = company.grant(&EnrolmentId::new(ENROLMENT), offer, &grants);
            Ok((grant.unwrap(), "http://127.0.0.1:1".into()))
        })
        .await
        .unwrap();
        Self { options, folder }
    }

    /// Ports that work, without a network.
    pub fn ports(&self) -> TestPorts {
        TestPorts {
            keys: FileKeyStore::new(self.folder.path().join("keys")).unwrap(),
            keys_fail: Mutex::new(None),
            protected: || Ok(true),
            network: || Some(Err(TransportError::NotSent)),
            asked: Notify::new(),
        }
    }

    pub async fn open(
        &self,
        ports: impl Into<Arc<TestPorts>>,
    ) -> Result<Arc<CompanionClient>, CompanionError> {
        let ports = ports.into();
        let ports = Ports {
            transport: ports.clone(),
            keys: ports.clone(),
            device: ports,
        };
        CompanionClient::open(self.options.clone(), ports).await
    }
}
