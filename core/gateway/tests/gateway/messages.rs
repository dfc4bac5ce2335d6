//! Messages on their way to customers.

use crate::{
    poster::{message, send, targets},
    sandbox::{Answer, Sandbox},
    world::{ACCOUNT, OTHER_ACCOUNT, World, one},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::fs;
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
    world.reach("gateway.poster.recorded").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_waits_however_long_its_phone_stays_away() {
    let (_sandbox, address) = Sandbox::start().await;
    let world = World::build(&targets(&address), 600).await;
    let phone = world.phone(&[ACCOUNT]).await;
    send(&world, &phone, message("own-1", "a")).await;
    world.wait_for(&phone, "outcome", 1).await;
    world.pass(5 * 365 * 24 * 3600);
    // A sweep comes once a minute of the clock, ten times a second here.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let outcome = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(outcome["remote_id"], "wamid.sent1");
    assert_eq!(
        send(&world, &phone, message("own-1", "a")).await,
        ["duplicate"]
    );
    assert_eq!(world.all(&phone).await.len(), 1, "it is told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_repeats_what_has_ended_well_is_told_so_again() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    send(&world, &phone, message("own-1", "a")).await;
    world.wait_for(&phone, "outcome", 1).await;
    world.ack_all(&phone).await;
    assert_eq!(
        send(&world, &phone, message("own-1", "a")).await,
        ["duplicate"]
    );
    let outcome = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(
        (&outcome["id"], &outcome["outcome"]),
        (&json!("own-1"), &json!("done"))
    );
    assert_eq!(sandbox.applied().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_that_the_phone_could_not_read_is_told_anew_before_a_repeat_counts_as_decided() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    sandbox.next(Answer::Hangup);
    send(&world, &phone, message("own-1", "a")).await;
    world.wait_for(&phone, "outcome", 1).await;
    let page = world.sync(&phone, "").await;
    let rejected = json!([{"seq": page.next, "reason": "item.seal"}]);
    let ack = json!({"inbox": page.inbox, "through": page.next, "rejected": rejected});
    assert_eq!(world.ack(&phone, ack).await.status(), StatusCode::OK);
    assert_eq!(
        send(&world, &phone, message("own-1", "a")).await,
        ["duplicate"],
        "a blind retry"
    );
    let doubt = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(doubt["outcome"], "ambiguous");
    assert_eq!(sandbox.applied().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_backup_was_put_back_a_doubt_is_told_anew_before_anything_goes_on() {
    let (sandbox, address) = Sandbox::start().await;
    let mut world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    sandbox.next(Answer::Hangup);
    send(&world, &phone, message("own-1", "a")).await;
    world.wait_for(&phone, "outcome", 1).await;
    world.stop().await;
    let database = world.folder.path().join("gateway.db");
    let backup = fs::read(&database).unwrap();
    world.start().await;
    world.hook(&one("1", "a")).await;
    let before = world.sync(&phone, "").await;
    world.stop().await;
    fs::write(&database, backup).unwrap();
    world.start().await;
    let query = format!("inbox={}&after={}", before.inbox, before.next);
    assert_ne!(world.sync(&phone, &query).await.inbox, before.inbox);

    assert_eq!(
        send(&world, &phone, message("own-1", "a")).await,
        ["duplicate"],
        "a blind retry"
    );
    let doubt = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(
        (&doubt["id"], &doubt["outcome"]),
        (&json!("own-1"), &json!("ambiguous"))
    );
    assert_eq!(
        send(&world, &phone, message("own-2", "b")).await,
        ["held earlier_undecided"]
    );
    world.ack_all(&phone).await;
    assert_eq!(
        send(&world, &phone, message("own-2", "b")).await,
        ["accepted"],
        "the employee left the first as it is"
    );
    world.wait_for(&phone, "outcome", 1).await;
    assert_eq!(sandbox.applied().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_on_without_knowing_of_a_doubt_that_the_store_lost_is_told_it() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    sandbox.next(Answer::Hangup);
    send(&world, &phone, message("own-1", "a")).await;
    world.wait_for(&phone, "outcome", 1).await;
    // As a phone that knows more of its queue than the store: the queue begins anew.
    let inbox = world.sync(&phone, "").await.inbox;
    let renewed = world.sync(&phone, &format!("inbox={inbox}&after=9")).await;
    assert_ne!(renewed.inbox, inbox);
    assert_eq!(
        send(&world, &phone, message("own-2", "b")).await,
        ["held earlier_undecided"]
    );
    let doubt = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(
        (&doubt["id"], &doubt["outcome"]),
        (&json!("own-1"), &json!("ambiguous"))
    );
    assert_eq!(sandbox.applied().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_ran_ahead_strands_no_conversation() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let world = World::with(&targets(&format!("http://{address}"))).await;
    let phone = world.phone(&[ACCOUNT]).await;
    let years = 5 * 365 * 24 * 3600;
    world.pass(years);
    send(&world, &phone, message("own-1", "a")).await;
    world.reach("gateway.poster.recorded").await;
    world.pass(-years);
    let sandbox = Sandbox::start_on(TcpListener::bind(address).await.unwrap());
    let outcome = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(outcome["outcome"], "done");
    assert_eq!(sandbox.applied().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_read_spoils_none_beside_it() {
    let (_sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    let mut newer = message("own-1", "a");
    newer["content"]["kind"] = json!("hologram");
    let messages = json!({"messages": [newer, message("own-2", "b"), 3]});
    let answer = world.post(&phone, "/v1/messages", &messages).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(
        answer["results"],
        json!([
            {"id": "own-1", "result": "refused", "reason": "message_shape"},
            {"id": "own-2", "result": "accepted"},
            {"id": "", "result": "refused", "reason": "message_shape"},
        ])
    );
}
