//! What the target holds, read by its own API, and how it is spoiled.

use super::{
    Failure, Target, World,
    start::{APP, APP_TOKEN},
};
use crate::{
    network::{self, Plan, Stats},
    sandbox::Delivery,
};
use companion_adapters::{
    crm::kintone,
    http::{Attempt, Method, Request, Token},
};
use companion_domain::{id::Key, record::Envelope};
use serde::de::DeserializeOwned;
use std::time::Duration;

impl World {
    /// Sets what goes wrong at the CRM.
    ///
    /// # Errors
    /// If the CRM's control address does not answer.
    pub async fn set_crm_faults(&self, plan: &Plan) -> Result<(), Failure> {
        self.control(Method::Post, "/_faults", serde_json::to_vec(plan)?)
            .await?;
        Ok(())
    }

    /// What the CRM has seen.
    ///
    /// # Errors
    /// If the CRM's control address does not answer.
    pub async fn crm_stats(&self) -> Result<Stats, Failure> {
        self.ask_crm("/_stats").await
    }

    /// Whether the target can be read here: somebody else's webhook cannot.
    pub fn target_is_ours(&self) -> bool {
        !matches!(self.options.target, Target::Elsewhere { .. })
    }

    /// Everything that the target holds, in the order in which it first arrived, each as often as it is held.
    ///
    /// # Errors
    /// If the target does not answer, or holds something that is no record.
    pub async fn target_holds(&self) -> Result<Vec<Envelope>, Failure> {
        match &self.options.target {
            Target::Kintone => self.kintone_rows().await,
            Target::Webhook => self.webhook_deliveries().await,
            Target::Elsewhere { .. } => Err("only the receiver knows what it holds".into()),
        }
    }

    /// Puts a record into the target, as anybody with access could.
    ///
    /// # Errors
    /// If the target does not take it.
    pub async fn put(&self, envelope: &Envelope) -> Result<(), Failure> {
        match self.options.target {
            Target::Kintone => {
                let config = kintone_config(&self.crm_url);
                self.spoil(config.upsert(std::slice::from_ref(envelope))?)
                    .await
            }
            _ => {
                let mut deliveries = self.deliveries().await?;
                deliveries.push(Delivery {
                    id: envelope.id.as_str().to_owned(),
                    first: true,
                    at: self.options.pace.clock().now(),
                    event: serde_json::to_value(envelope)?,
                });
                self.replace(&deliveries).await
            }
        }
    }

    /// Takes a record out of the target, as anybody with access could.
    ///
    /// # Errors
    /// If the target does not answer.
    pub async fn erase(&self, key: &Key) -> Result<(), Failure> {
        match self.options.target {
            Target::Kintone => {
                let config = kintone_config(&self.crm_url);
                let find = config.find(std::slice::from_ref(key));
                let attempt = network::send(&self.client, find).await;
                let rows = config.rows(&attempt, self.options.pace.clock().now());
                let rows = rows.map_err(|outcome| format!("the CRM answers {outcome:?}"))?;
                let ids: Vec<u64> = rows.iter().map(|row| row.id).collect();
                self.spoil(config.delete(&ids)).await
            }
            _ => {
                let mut deliveries = self.deliveries().await?;
                deliveries.retain(|delivery| delivery.id != key.as_str());
                self.replace(&deliveries).await
            }
        }
    }

    async fn spoil(&self, request: Request) -> Result<(), Failure> {
        match network::send(&self.client, request).await {
            Attempt::Answered(answer) if answer.status < 300 => Ok(()),
            attempt => Err(format!("the CRM answers {attempt:?}").into()),
        }
    }

    async fn deliveries(&self) -> Result<Vec<Delivery>, Failure> {
        self.ask_crm("/_deliveries?after=0").await
    }

    async fn replace(&self, deliveries: &[Delivery]) -> Result<(), Failure> {
        let body = serde_json::to_vec(deliveries)?;
        self.control(Method::Put, "/_deliveries", body)
            .await
            .map(drop)
    }

    async fn kintone_rows(&self) -> Result<Vec<Envelope>, Failure> {
        let config = kintone_config(&self.crm_url);
        let mut held = Vec::new();
        let mut after = 0;
        loop {
            let rows = self.kintone_page(&config, after).await?;
            let Some(last) = rows.last() else {
                return Ok(held);
            };
            after = last.id;
            for row in &rows {
                held.push(row.envelope().ok_or("a row without its envelope")?);
            }
        }
    }

    /// A page, asked for again where a fault hits the question.
    async fn kintone_page(
        &self,
        config: &kintone::Config,
        after: u64,
    ) -> Result<Vec<kintone::Row>, Failure> {
        let mut last = String::new();
        for _ in 0..50 {
            let attempt = network::send(&self.client, config.list(after)).await;
            match config.rows(&attempt, self.options.pace.clock().now()) {
                Ok(rows) => return Ok(rows),
                Err(outcome) => last = format!("the CRM answers {outcome:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(last.into())
    }

    async fn webhook_deliveries(&self) -> Result<Vec<Envelope>, Failure> {
        let deliveries = self.deliveries().await?;
        // A receiver keeps the first delivery of each id (Standard Webhooks), so repeats are no doubles.
        let first = deliveries.into_iter().filter(|delivery| delivery.first);
        first
            .map(|delivery| Ok(serde_json::from_value(delivery.event)?))
            .collect()
    }

    async fn ask_crm<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let body = self.control(Method::Get, path, Vec::new()).await?;
        Ok(serde_json::from_slice(&body)?)
    }

    async fn control(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let request = Request {
            method,
            url: format!("{}{path}", self.crm_control),
            headers: vec![("content-type".into(), "application/json".into())],
            body,
        };
        match network::send(&self.client, request).await {
            Attempt::Answered(answer) if answer.status < 300 => Ok(answer.body),
            _ => Err("the CRM's control address does not answer".into()),
        }
    }
}

fn kintone_config(base_url: &str) -> kintone::Config {
    kintone::Config {
        base_url: base_url.to_owned(),
        app: APP,
        token: Token::new(APP_TOKEN),
        fields: kintone::Fields::default(),
    }
}
