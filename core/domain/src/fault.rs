//! Named points at which a test may stop the process. Without the feature `testing` they cost nothing.

#[cfg(feature = "testing")]
use std::sync::Arc;

/// The points of one process. The default reaches nobody.
#[derive(Clone, Default)]
pub struct FaultPoints {
    #[cfg(feature = "testing")]
    hook: Option<Arc<dyn Fn(&'static str) + Send + Sync>>,
}

impl FaultPoints {
    /// Calls `hook` with the name of each point that the process reaches.
    #[cfg(feature = "testing")]
    pub fn new(hook: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        Self {
            hook: Some(Arc::new(hook)),
        }
    }

    /// Marks a step after which a crash must lose nothing.
    #[inline]
    pub fn reach(&self, name: &'static str) {
        #[cfg(feature = "testing")]
        if let Some(hook) = &self.hook {
            hook(name);
        }
        #[cfg(not(feature = "testing"))]
        let _ = name;
    }
}
