//! Keys as a phone's hardware keeps them: a deleted one opens nothing ever again. They outlive a kill, since they lie in
//! files.

use crate::random;
use companion_crypto::{
    seal::{Place, Sealer},
    secret::Key,
};
use companion_domain::fault::FaultPoints;
use companion_vault::slots::{Kind, Wrapped};
use std::{fs, path::PathBuf};

pub struct Hardware {
    folder: PathBuf,
    faults: FaultPoints,
}

impl Hardware {
    pub fn new(folder: PathBuf, faults: FaultPoints) -> Self {
        fs::create_dir_all(&folder).unwrap();
        Self { folder, faults }
    }

    /// Makes the key, replacing none.
    pub fn make(&self, kind: &Kind, n: u32) {
        if !self.path(kind, n).exists() {
            fs::write(self.path(kind, n), Key::random(&random()).expose()).unwrap();
        }
        self.faults.reach("hardware.made");
    }

    pub fn wrap(&self, kind: &Kind, n: u32, secret: &[u8]) -> Wrapped {
        let sealer = self.sealer(kind, n).expect("the key is there");
        let hw = sealer.seal(&random(), &place(), secret).unwrap();
        Wrapped { hw, hw_n: n }
    }

    /// What was wrapped; `None` if the key is gone or is another one.
    pub fn unwrap(&self, kind: &Kind, wrapped: &Wrapped) -> Option<Vec<u8>> {
        let sealer = self.sealer(kind, wrapped.hw_n)?;
        sealer.open(&place(), &wrapped.hw).ok()
    }

    pub fn delete(&self, kind: &Kind, n: u32) {
        let _ = fs::remove_file(self.path(kind, n));
        self.faults.reach("hardware.deleted");
    }

    /// Deletes what a kill may have left beside the key `n`.
    pub fn delete_strays(&self, kind: &Kind, n: u32) {
        if n > 0 {
            self.delete(kind, n - 1);
        }
        self.delete(kind, n + 1);
    }

    /// How many keys there are.
    pub fn keys(&self) -> usize {
        fs::read_dir(&self.folder).unwrap().count()
    }

    fn sealer(&self, kind: &Kind, n: u32) -> Option<Sealer> {
        let bytes = fs::read(self.path(kind, n)).ok()?;
        Some(Sealer::new(0, &Key::new(bytes.try_into().unwrap())))
    }

    fn path(&self, kind: &Kind, n: u32) -> PathBuf {
        self.folder.join(format!("{kind:?}.{n}"))
    }
}

fn place() -> Place {
    Place::row("hardware", 0)
}
