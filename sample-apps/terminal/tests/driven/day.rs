//! A day: make a chat work, answer it offline, see it wait, go online, see it arrive and what the company got. Checks are
//! those of the apps' acceptance that are driven.

use crate::terminal::{ENTER, RIGHT, Terminal};

/// The number after `before` on the screen.
fn number_after(text: &str, before: &str) -> Option<usize> {
    let rest = text.split(before).nth(1)?;
    let digits = rest.chars().take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().ok()
}

/// Check 19: the ledger counts what the CRM was told. Check 20: the friend, whom nobody bound, is not among it.
#[test]
fn a_reply_waits_offline_goes_online_and_stands_in_the_ledger() {
    let mut terminal = Terminal::play(&[("LANG", "en_GB.UTF-8")]);
    terminal.wait_for("No one is waiting");
    terminal.wait_for("? Undecided 3");

    terminal.press("2");
    terminal.wait_for("No work chats yet");
    terminal.press(RIGHT);
    terminal.choose("Maria Lopez");
    // Undecided chats have no place to write: Enter asks what the chat is to be, and nothing is chosen beforehand.
    terminal.press(ENTER);
    terminal.wait_for("( ) Also the 1 so far");
    terminal.press(ENTER);
    terminal.wait_for("Choose first");
    terminal.press(" ");
    terminal.wait_for("(x) Also the 1 so far");
    terminal.press(ENTER);
    terminal.wait_for("You have not accepted this account yet");
    terminal.press("a");
    terminal.wait_for("whatsapp 106540352242922");
    terminal.press(ENTER);
    terminal.wait_for("Account added");
    terminal.press("w");
    terminal.wait_for("( ) Also");
    terminal.press(" ");
    terminal.press(ENTER);
    terminal.wait_for("This chat is work now");
    terminal.wait_for("Hello! Do you still sell");
    terminal.press(ENTER);
    terminal.wait_for("To Maria Lopez (company records)");

    terminal.press("o");
    terminal.wait_for("Offline · 0 waiting");
    terminal.press(ENTER);
    terminal.press("We do, 4 of them. 椅子です");
    terminal.press(ENTER);
    terminal.wait_for("◷ Waiting");
    terminal.wait_for("Offline · 1 waiting");
    assert!(terminal.has_color(), "no colour is seen where there is one");
    terminal.press("3");
    terminal.wait_for("◷ Waiting  Maria Lopez");
    terminal.press(ENTER);
    terminal.wait_for("[1 Edit]");
    // Written anew, it has left the queue before it is sent.
    terminal.press("1");
    terminal.wait_for("> We do, 4 of them. 椅子です");
    terminal.wait_for("Offline · 0 waiting");
    terminal.press("!");
    terminal.press(ENTER);
    terminal.wait_for("Offline · 1 waiting");
    terminal.press("3");

    terminal.press("o");
    terminal.wait_for("Nothing waiting");
    terminal.press("2");
    terminal.press(ENTER);
    terminal.wait_for("✓ Read");
    terminal.wait_for("We do, 4 of them. 椅子です!");

    terminal.press("4");
    terminal.press(RIGHT);
    terminal.wait_for("You: You accepted this account.");
    terminal.wait_for("You: You made this chat work.");
    terminal.press("h");
    let told = terminal.wait_until("all is with the company", |text| {
        text.contains("Sent: ") && text.contains("delivery status") && !text.contains("on the way")
    });
    let recorded = number_after(&told, "Sent: ").unwrap();
    assert!(told.contains("message (new) → CRM  Maria Lopez"), "{told}");
    assert!(!told.contains("ゆうこ"), "{told}");

    terminal.press("?");
    terminal.wait_for("offline on and off");
    terminal.leave("offline on and off");
    terminal.press("q");
    let left = terminal.ends_well();
    assert_eq!(
        number_after(&left, "The CRM held "),
        Some(recorded),
        "{left}"
    );
}

/// Check 28.
#[test]
fn without_colour_and_in_japanese_a_chat_is_made_work_and_personal_again() {
    let mut terminal = Terminal::play(&[("LANG", "ja_JP.UTF-8"), ("NO_COLOR", "1")]);
    terminal.wait_for("お待ちの方はいません");
    terminal.wait_for("? 未確認 3");
    terminal.press("2");
    terminal.press(RIGHT);
    terminal.choose("山田 太郎");
    terminal.press("a");
    terminal.wait_for("whatsapp 106540352242922");
    terminal.press(ENTER);
    terminal.wait_for("アカウントを追加しました");
    terminal.press("w");
    terminal.wait_for("このトークを仕事にしますか?");
    terminal.press(" ");
    terminal.press(ENTER);
    terminal.wait_for("仕事のトークにしました");
    terminal.wait_for("▌ 山田 太郎");
    terminal.press(ENTER);
    terminal.wait_for("お世話になります。会議用テーブルの見積をお願いできますか。");
    terminal.wait_for("山田 太郎様へ(会社に記録)");
    assert!(!terminal.has_color(), "{}", terminal.text());

    terminal.press("p");
    terminal.wait_for("記録済みの分は会社に残ります。");
    terminal.press(ENTER);
    terminal.wait_for("閲覧のみ:このトークは個人のものです。");
    terminal.press("q");
    terminal.ends_well();
}

/// Check 12: without a network, three sends and a kill; they wait in their order.
#[test]
fn three_replies_outlive_a_kill_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::play_in(folder.path());
    terminal.wait_for("? Undecided 3");
    terminal.press("2");
    terminal.press(RIGHT);
    terminal.choose("Maria Lopez");
    terminal.press("a");
    terminal.wait_for("whatsapp 106540352242922");
    terminal.press(ENTER);
    terminal.wait_for("Account added");
    terminal.press("w");
    terminal.wait_for("( ) Also");
    terminal.press(" ");
    terminal.press(ENTER);
    terminal.wait_for("This chat is work now");
    terminal.press("q");
    terminal.ends_well();

    let replies = ["We do", "From Monday on", "Four are left"];
    let mut terminal = Terminal::app_in(folder.path());
    terminal.press("2");
    terminal.choose("Maria Lopez");
    terminal.press(ENTER);
    terminal.wait_for("To Maria Lopez (company records)");
    for (n, reply) in replies.iter().enumerate() {
        terminal.press(ENTER);
        terminal.press(reply);
        terminal.press(ENTER);
        terminal.wait_until(reply, |text| text.matches("◷ Waiting").count() > n);
    }
    terminal.kill();

    let mut terminal = Terminal::app_in(folder.path());
    terminal.wait_for("Offline · 3 waiting");
    terminal.wait_for("◷ Waiting 3");
    terminal.press("2");
    terminal.choose("Maria Lopez");
    terminal.press(ENTER);
    let shown = terminal.wait_until("three that wait", |text| {
        text.matches("◷ Waiting").count() == 3
    });
    let places: Vec<_> = replies
        .iter()
        .filter_map(|reply| shown.find(reply))
        .collect();
    assert!(places.len() == 3 && places.is_sorted(), "{shown}");
}

#[test]
fn a_terminal_that_is_closed_ends_the_app_and_its_world() {
    let terminal = Terminal::play(&[("LANG", "en_GB.UTF-8")]);
    terminal.wait_for("No one is waiting");
    terminal.hang_up();
}
