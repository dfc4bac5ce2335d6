//! Messages on their way to customers.

use crate::{
    poster::{message, send, targets},
    sandbox::{Answer, Sandbox},
    world::{ACCOUNT, OTHER_ACCOUNT, World},
};
use serde_json::json;
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_goes_out_once_and_its_writer_learns_the_channel_s_id() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    assert_eq!(
        send(&world, &phone, message("own-1", "はい")).await,
        ["accepted"]
    );
    assert_eq!(
        send(&world, &phone, message("own-1", "はい")).await,
        ["duplicate"]
    );
    assert_eq!(
        send(&world, &phone, message("own-1", "いいえ")).await,
        ["conflict"]
    );
    let outcome = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(
        (&outcome["id"], &outcome["outcome"]),
        (&json!("own-1"), &json!("done"))
    );
    assert_eq!(outcome["remote_id"], "wamid.sent1");
    assert_eq!(sandbox.applied()[0]["text"]["body"], "はい");
    let mut other = message("own-2", "a");
    other["account"] = json!(OTHER_ACCOUNT);
    assert_eq!(
        send(&world, &phone, other).await,
        ["refused account_cannot_send"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_doubt_is_sent_again_only_by_a_decision() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::build(&targets(&address), 60).await;
    let phone = world.phone(&[ACCOUNT]).await;
    sandbox.next(Answer::Silence);
    send(&world, &phone, message("own-1", "a")).await;
    let doubt = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(doubt["outcome"], "ambiguous");
    assert_eq!(
        send(&world, &phone, message("own-1", "a")).await,
        ["duplicate"],
        "a blind retry"
    );
    assert_eq!(sandbox.applied().len(), 1);
    let page = world.sync(&phone, "").await;
    let through = json!({"inbox": page.inbox, "through": page.next});
    world.ack(&phone, through).await;
    assert_eq!(
        send(&world, &phone, message("own-1", "a")).await,
        ["accepted"],
        "the employee's word"
    );
    assert_eq!(
        world.wait_for(&phone, "outcome", 1).await[0]["outcome"],
        "done"
    );
    assert_eq!(sandbox.applied().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_surely_did_not_leave_is_sent_when_the_channel_can_be_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let world = World::with(&targets(&format!("http://{address}"))).await;
    let phone = world.phone(&[ACCOUNT]).await;
    send(&world, &phone, message("own-1", "a")).await;
    // Reached once the refused connection was written down.
    while !world
        .reached
        .lock()
        .unwrap()
        .contains("gateway.poster.recorded")
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let sandbox = Sandbox::start_on(TcpListener::bind(address).await.unwrap());
    world.pass(10);
    assert_eq!(
        world.wait_for(&phone, "outcome", 1).await[0]["outcome"],
        "done"
    );
    assert_eq!(sandbox.applied().len(), 1);
}
