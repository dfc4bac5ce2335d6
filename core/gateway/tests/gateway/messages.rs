//! Messages on their way to customers.

use crate::{
    poster::{message, send, targets},
    sandbox::{Answer, Sandbox},
    world::{ACCOUNT, OTHER_ACCOUNT, World},
};
use serde_json::{Value, json};
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
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    sandbox.next(Answer::Hangup);
    send(&world, &phone, message("own-1", "a")).await;
    let doubt = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(doubt["outcome"], "ambiguous");
    assert_eq!(
        send(&world, &phone, message("own-1", "a")).await,
        ["duplicate"],
        "a blind retry"
    );
    assert_eq!(sandbox.applied().len(), 1);
    world.ack_all(&phone).await;
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
async fn an_answer_is_awaited_in_real_time_however_fast_the_clock_runs() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::build(&targets(&address), 600).await;
    let phone = world.phone(&[ACCOUNT]).await;
    sandbox.next(Answer::Late);
    send(&world, &phone, message("own-1", "a")).await;
    assert_eq!(
        world.wait_for(&phone, "outcome", 1).await[0]["outcome"],
        "done"
    );
    assert_eq!(sandbox.applied().len(), 1);
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

#[tokio::test(flavor = "multi_thread")]
async fn nothing_overtakes_a_message_in_doubt_before_the_employee_has_decided() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let (phone, other) = (world.phone(&[ACCOUNT]).await, world.phone(&[ACCOUNT]).await);
    let texts = || -> Vec<String> {
        let text = |message: &Value| message["text"]["body"].as_str().unwrap().to_owned();
        sandbox.applied().iter().map(text).collect()
    };
    sandbox.next(Answer::Hangup);
    let both = ["first", "second"].map(|id| message(id, id));
    world
        .post(&phone, "/v1/messages", &json!({"messages": both}))
        .await;
    let doubt = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(
        (&doubt["id"], &doubt["outcome"]),
        (&json!("first"), &json!("ambiguous"))
    );
    assert_eq!(
        send(&world, &phone, message("third", "third")).await,
        ["held earlier_undecided"],
        "the phone does not know of the doubt"
    );
    assert_eq!(
        send(&world, &other, message("theirs", "theirs")).await,
        ["accepted"]
    );
    world.wait_for(&other, "outcome", 1).await;
    assert_eq!(texts(), ["first", "theirs"], "the second waits");

    world.ack_all(&phone).await;
    assert_eq!(
        send(&world, &phone, message("first", "first")).await,
        ["accepted"]
    );
    world.wait_for(&phone, "outcome", 2).await;
    assert_eq!(texts(), ["first", "theirs", "first", "second"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_follows_a_known_doubt_or_refusal_tells_that_it_was_left() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    let refusal = r#"{"error":{"code":131026,"message":"no"}}"#;
    for (n, answer) in [Answer::Hangup, Answer::Refuse(400, None, refusal)]
        .into_iter()
        .enumerate()
    {
        let applied = sandbox.applied().len();
        sandbox.next(answer);
        let (left, next) = (format!("left-{n}"), format!("next-{n}"));
        send(&world, &phone, message(&left, "a")).await;
        let outcome = &world.wait_for(&phone, "outcome", 1).await[0];
        assert_eq!(outcome["outcome"], ["ambiguous", "permanent"][n]);
        world.ack_all(&phone).await;
        assert_eq!(
            send(&world, &phone, message(&next, "b")).await,
            ["accepted"]
        );
        let outcome = &world.wait_for(&phone, "outcome", 1).await[0];
        assert_eq!(
            (&outcome["id"], &outcome["outcome"]),
            (&json!(next), &json!("done"))
        );
        assert_eq!(sandbox.applied().len(), applied + 2 - n);
        world.ack_all(&phone).await;
    }
}
