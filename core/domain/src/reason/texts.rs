//! The table: every reason code with its word, its source, what ends it and its texts.
//!
//! Texts for the employee say what is the case and what is safe, blame nobody and hold no numbers: those stand in
//! `since` and `until`. A text for the admin says what to look at.

use super::Entry;

/// Declares the codes and their table in one.
macro_rules! codes {
    ($($name:ident $word:literal $source:literal $ends_by:expr, $ja:literal, $en:literal, $admin:literal;)*) => {
        /// A reason code: a closed list inside, text on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("`", $word, "`: ", $admin)] $name,)*
        }

        impl Code {
            /// All codes, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            pub(super) fn entry(self) -> Entry {
                match self {
                    $(Self::$name => Entry {
                        word: $word,
                        source: $source,
                        ends_by: &$ends_by,
                        ja: $ja,
                        en: $en,
                        admin: $admin,
                    },)*
                }
            }
        }
    };
}

codes! {
    AccountUnknown "account.unknown" "default" ["grant"],
        "会社のアカウントではないため、何も保存していません。",
        "This is not an account of the company, so nothing was kept.",
        "An event named an account that the grant does not list; it was counted and dropped.";
    AccountNotAccepted "account.not_accepted" "default" ["accept_account"],
        "このアカウントはまだ承認していません。承認するまで会社には見えません。",
        "You have not accepted this account yet. Until you do, the company sees nothing of it.",
        "The grant lists the account, but the employee has not accepted it; its events wait on the phone.";
    AccountAccepted "account.accepted" "employee" ["leave_account"],
        "このアカウントを承認しました。仕事にするトークは自分で選べます。",
        "You accepted this account. You choose which of its chats are work.",
        "The employee accepted the account for mixed use; only chats that they bind are mirrored.";
    AccountDisconnected "account.disconnected" "channel" ["reconnect"],
        "会社のアカウントの接続が切れています。送信待ちは残り、つながると送ります。",
        "The account of the company is disconnected. What is waiting goes once it is back.",
        "The channel says that the account's link is broken; nothing is sent on it until it is connected again.";
    AccountNotAllowed "account.not_allowed" "policy" ["policy_change"],
        "会社の方針により、このサービスは仕事に使えません。会社には見えません。",
        "Company policy does not use this service for work. The company sees nothing of it.",
        "The policy's account_channels leaves this channel out; its events wait on the phone.";
    AccountCompany "account.company" "employee" ["leave_account"],
        "会社のアカウントとして承認したため、このトークは仕事です。",
        "You accepted this as an account of the company, so its chats are work.",
        "The account is the company's alone and the employee accepted it; all its chats are mirrored.";
    ConversationBound "conversation.bound" "employee" ["unbind"],
        "このトークを仕事にしました。いつでも戻せます。",
        "You made this chat work. You can undo this at any time.",
        "The employee bound this conversation; it is mirrored.";
    ConversationPersonal "conversation.personal" "employee" ["bind"],
        "このトークは個人のものです。会社には送られません。",
        "This chat is personal. The company never gets it.",
        "The employee declared this conversation personal; nothing of it leaves the phone.";
    ConversationUnbound "conversation.unbound" "default" ["bind", "keep_personal", "expiry"],
        "仕事かどうかまだ決めていません。決めるまで会社には見えません。",
        "You have not decided yet whether this is work. Until you do, the company sees nothing of it.",
        "Nobody bound this conversation; it waits in the phone's quarantine and is never mirrored from there.";
    ContactNotWork "contact.not_work" "default" ["bind"],
        "連絡先は、仕事のトークの名前を示すときだけ使います。これは保存していません。",
        "Contacts are used only to name work chats. This one was not kept.",
        "A phone-book entry without a work conversation was dropped.";
    OutboxRetrying "outbox.retrying" "default" ["connect"],
        "まだ送れていません。自動でもう一度送ります。",
        "Not sent yet. It will be tried again by itself.",
        "The last attempt surely did not arrive or may safely be repeated; the next one waits for its back-off.";
    OutboxStale "outbox.stale" "policy" ["send_now", "discard"],
        "書いてから時間がたった文面です。今も送ってよいか確かめてください。",
        "This was written a while ago. Check whether it should still go.",
        "The message waited longer than the policy allows without asking the employee again.";
    OutboxNewerCustomerMessage "outbox.newer_customer_message" "policy" ["send_now", "discard"],
        "後からお客様の返信があります。読んでから送ってください。",
        "The customer has written since. Read it before you send.",
        "A customer's message reached the phone after this one was written; the employee decides.";
    OutboxWindowClosed "outbox.window_closed" "channel" ["customer_message", "template", "discard"],
        "返信できる時間を過ぎました。定型文は送れます。",
        "The time for a free reply is over. A template can go.",
        "The channel takes only templates this long after the customer's last message.";
    OutboxOutsideHours "outbox.outside_hours" "policy" ["send_now", "discard"],
        "営業時間外です。今送るかどうか選んでください。",
        "It is outside business hours. Choose whether to send it now.",
        "The policy's business hours do not include this moment; the employee decides.";
    OutboxUncertain "outbox.uncertain" "channel" ["echo", "status", "mark_delivered", "send_again", "discard"],
        "届いたか分かりません。もう一度送ると重複することがあります。",
        "It may have arrived. Sending again may double it.",
        "The channel's answer was lost and it offers no way to repeat safely; an echo, a status or the employee decides.";
    OutboxRefused "outbox.refused" "channel" ["send_now", "discard"],
        "このままでは送れません。内容や宛先を確かめてください。",
        "It cannot go like this. Check what it says and to whom.",
        "The channel refused the message for good; its code stands beside the message.";
    OutboxDiscarded "outbox.discarded" "employee" [],
        "送信を取りやめました。お客様には届いていません。",
        "You took this message back before it was sent.",
        "The employee discarded the message while it was still on the phone.";
    MirrorParked "mirror.parked" "target" ["requeue"],
        "記録を確認中です。トークには影響ありません。",
        "Recording is being looked at. Your chats are not affected.",
        "The target refused the record for good; mend the mapping, then queue it again. Other records go on.";
    MirrorUncertain "mirror.uncertain" "target" ["requeue", "mark_delivered"],
        "記録できたか確認中です。トークには影響ありません。",
        "Whether this was recorded is being checked. Your chats are not affected.",
        "The target's answer was lost and it offers no way to repeat safely; look there, then mark it or queue it again.";
    TargetThrottled "target.throttled" "target" [],
        "相手のサービスが混み合っているため、少し待って送ります。",
        "The other service is busy, so sending goes on in a while.",
        "The target asked to wait; all its items wait and no attempt is counted.";
    TargetSignIn "target.sign_in" "target" ["sign_in"],
        "接続のためにサインインが必要です。送信待ちは残っています。",
        "Sign in to connect. What is waiting stays queued.",
        "The target refuses our credentials; all its items wait until they are renewed.";
    KeystoreNotNow "keystore.not_now" "phone" ["unlock_phone"],
        "端末を一度ロック解除してください。データは無事です。",
        "Unlock the phone once. Your data is safe.",
        "The phone is locked, or was not unlocked since it started, so the key cannot be used yet.";
    ClientSuspended "client.suspended" "phone" ["resume"],
        "アプリが休止しています。データは無事です。",
        "The app is paused. Your data is safe.",
        "The app closed its files before the system froze it; it opens them again when it resumes.";
    ClientBusy "client.busy" "phone" ["wait"],
        "ほかの処理が終わるのを待っています。データは無事です。",
        "Something else is still being finished. Your data is safe.",
        "Another client, or a call that nobody drives to its end, still holds the enrolment's files.";
    EnrolmentJoined "enrolment.joined" "employee" ["leave"],
        "会社に参加しました。",
        "You joined the company.",
        "The phone joined under a grant of the company.";
    KeystoreNeedsUser "keystore.needs_user" "phone" ["unlock"],
        "本人確認が必要です。データは無事です。",
        "Confirm that it is you. Your data is safe.",
        "The hardware key asks for the user's presence.";
    KeystoreConfirm "keystore.confirm" "phone" ["unlock"],
        "仕事のトークを開くために、本人確認をします。",
        "Confirm that it is you to open your work.",
        "The system asks for a finger or face, since the key of the biometric slot wants its user present.";
    KeystoreGone "keystore.gone" "phone" ["recovery", "join_anew"],
        "端末の鍵がなくなりました。管理者に連絡してください。データは消していません。",
        "The phone's keys are gone. Call your admin. Nothing was deleted.",
        "The hardware key no longer exists (reset, restored backup); recover it or let the phone join anew.";
    KeystoreOtherKey "keystore.other_key" "phone" ["recovery", "join_anew"],
        "端末の鍵が別のものです。管理者に連絡してください。データは消していません。",
        "The phone's key is another one now. Call your admin. Nothing was deleted.",
        "The hardware key opens its slot to something that is no key; recover it or let the phone join anew.";
    SlotsMissing "slots.missing" "phone" ["recovery", "join_anew"],
        "鍵の情報が見つかりません。管理者に連絡してください。データは消していません。",
        "The key information is missing. Call your admin. Nothing was deleted.",
        "slots.json or one of its slots is missing (restored or damaged folder); nothing was changed.";
    GrantMissing "grant.missing" "phone" ["join_anew"],
        "会社への参加の記録が見つかりません。管理者に連絡してください。データは消していません。",
        "The record of joining the company is missing. Call your admin. Nothing was deleted.",
        "The stored grant cannot be read (restored or damaged folder); nothing was changed.";
    GrantOtherKey "grant.other_key" "phone" ["recovery", "join_anew"],
        "会社への参加の記録をこの端末の鍵では開けません。管理者に連絡してください。データは消していません。",
        "The phone's keys do not open the record of joining the company. Call your admin. Nothing was deleted.",
        "The stored grant is sealed under another key (restored or exchanged files); nothing was changed.";
    VaultWrongKey "vault.wrong_key" "phone" ["recovery", "join_anew"],
        "この端末の鍵では開けません。管理者に連絡してください。データは消していません。",
        "The phone's keys do not open this data. Call your admin. Nothing was deleted.",
        "The key does not belong to this vault (restored or exchanged files); nothing was changed.";
    VaultNewer "vault.newer" "phone" ["update"],
        "アプリを更新してください。データは無事です。",
        "Update the app. Your data is safe.",
        "The vault was written by a newer version; this one does not touch it.";
    GatewayBusy "gateway.busy" "company" ["wait"],
        "会社のサーバーが混み合っています。送信待ちは残り、自動でもう一度つなぎます。",
        "The company's server is busy. What is waiting stays queued and is tried again by itself.",
        "The gateway asked to wait or answered with a fault of its own; phones back off and come again.";
    GatewayToken "gateway.token" "company" ["sign_in"],
        "会社のサーバーへのサインインが必要です。データは無事です。",
        "Sign in to the company's server. Your data is safe.",
        "The gateway did not take the phone's access token, fresh as it was; look at its clock and enrolment.";
    GatewayUnreadable "gateway.unreadable" "company" ["update", "wait"],
        "会社のサーバーの返事を読めません。アプリを更新してください。データは無事です。",
        "The company's server answers in an unknown way. Update the app. Your data is safe.",
        "The gateway's answer does not have the expected form; compare versions, look for a proxy in between.";
    GatewayRefused "gateway.refused" "company" ["wait"],
        "会社のサーバーが受け付けません。管理者に連絡してください。データは無事です。",
        "The company's server does not take this. Call your admin. Your data is safe.",
        "The gateway refused the phone or one of its items; its own code stands beside.";
    GatewayEnrolmentDisabled "gateway.enrolment_disabled" "company" ["join_anew"],
        "会社がこの端末の参加を終わらせました。管理者に連絡してください。",
        "The company ended this phone's enrolment. Call your admin.",
        "The gateway answers that this enrolment is disabled.";
    PasscodeNotSet "passcode.not_set" "policy" ["set_passcode"],
        "仕事を始めるには、パスコードを設定してください。",
        "Set a passcode to begin with work.",
        "The employee joined and has not set a passcode yet; no work can be read.";
    PasscodeTooShort "passcode.too_short" "policy" ["choose_another"],
        "パスコードが短すぎます。もう少し長くしてください。",
        "This passcode is too short. Choose a longer one.",
        "The passcode has fewer characters than the policy's passcode_min_length.";
    PasscodeTooLong "passcode.too_long" "default" ["choose_another"],
        "パスコードが長すぎます。もう少し短くしてください。",
        "This passcode is too long. Choose a shorter one.",
        "A passcode has at most 64 characters.";
    PasscodeLettersMissing "passcode.letters_missing" "policy" ["choose_another"],
        "数字のほかに、文字か記号も入れてください。",
        "Use a letter or a sign besides digits.",
        "The policy's passcode_letters asks for more than digits.";
    PasscodeSimple "passcode.simple" "default" ["choose_another"],
        "並びが単純で、推測されやすいパスコードです。別のものにしてください。",
        "This sequence is easy to guess. Choose another one.",
        "The passcode is a simple sequence, a repetition or a walk over the keys.";
    PasscodeRecent "passcode.recent" "policy" ["choose_another"],
        "最近使ったパスコードです。別のものにしてください。",
        "You used this passcode recently. Choose another one.",
        "The passcode is one of the last that the policy's passcode_history keeps from being set again.";
    PasscodeWrong "passcode.wrong" "phone" ["unlock", "recovery"],
        "違うパスコードです。データは消えません。",
        "Wrong passcode. Nothing is deleted.",
        "A wrong passcode was entered; after ten in a row the employee has to sign in.";
    PasscodeDelay "passcode.delay" "default" ["wait", "recovery"],
        "少し待ってから入力できます。データは消えません。",
        "Try again in a while. Nothing is deleted.",
        "Several wrong passcodes in a row made the next try wait; a restart or another wall clock does not shorten it.";
    PasscodeUsedUp "passcode.used_up" "default" ["sign_in", "recovery"],
        "会社のアカウントで本人確認してください。データは無事です。",
        "Sign in with your company account. Your data is safe.",
        "The passcode was wrong ten times in a row; the phone opens by a sign-in or a recovery answer.";
    RecoveryOff "recovery.off" "policy" ["policy_change", "join_anew"],
        "会社の方針で、復旧は使えません。忘れたパスコードは戻せません。",
        "Company policy has switched recovery off. A forgotten passcode cannot be brought back.",
        "The policy's passcode_recovery is off, or the passcode was set while it was: there is no recovery slot.";
    PasscodeExpired "passcode.expired" "policy" ["set_passcode"],
        "パスコードの期限が来ました。新しいものにしてください。データは無事です。",
        "Your passcode has served its time. Set a new one. Your data is safe.",
        "The passcode is older than the policy's passcode_expiry.";
    PasscodeChangeDue "passcode.change_due" "policy" ["set_passcode", "policy_change"],
        "新しいパスコードにすると開けます。データは無事です。",
        "Set a new passcode to open. Your data is safe.",
        "The passcode expired, does not meet the policy, or lost its key; work opens once a new one is set.";
    IdleBackground "idle.background" "policy" ["unlock"],
        "しばらくほかの画面だったため、ロックしました。受信は続きます。",
        "Locked while you were elsewhere. Messages still arrive.",
        "The app was in the background for longer than the policy's lock_background, or the policy locks at once.";
    IdleForeground "idle.foreground" "policy" ["unlock"],
        "しばらく操作がなかったため、ロックしました。受信は続きます。",
        "Locked after a while without use. Messages still arrive.",
        "Nobody touched the app for longer than the policy's lock_idle.";
    LockNow "lock.now" "employee" ["unlock"],
        "手動でロックしました。受信は続きます。",
        "You locked this. Messages still arrive.",
        "The employee, or the app for them, locked at once.";
    LockBoot "lock.boot" "phone" ["unlock"],
        "起動したため、パスコードが必要です。データは無事です。",
        "Enter your passcode after the start. Your data is safe.",
        "The app or the phone was started anew, and no key survives that in memory.";
    LockLifted "lock.lifted" "company" ["unlock"],
        "ロックは解除されました。パスコードを入力すると開けます。",
        "The lock was lifted. Enter your passcode to open.",
        "What locked the phone has ended; the employee has yet to enter the passcode.";
    LockIntegrity "lock.integrity" "phone" ["integrity_restored"],
        "端末の安全を確かめられないため、ロックしました。管理者に連絡してください。データは無事です。",
        "Locked because the phone's safety is in doubt. Call your admin. Your data is safe.",
        "The app reported that the phone or itself was tampered with; the lock ends when it takes that back.";
    LeaseEnding "lease.ending" "policy" ["connect"],
        "期限までに一度つながれば使えます。",
        "Connect once before the time is over to go on.",
        "The phone has had no contact for long; without one its work locks when the lease ends.";
    LeaseOver "lease.over" "policy" ["connect"],
        "長く通信がなく、ロックしました。つながると開けます。データは無事です。",
        "Locked after a long time without contact. Connect to open. Your data is safe.",
        "The phone had no contact for longer than the policy's lease_offline; the next signed time renews it.";
    LeaseDestroyable "lease.destroyable" "company" ["connect"],
        "会社がこの端末の参加を終わらせ、長く通信もないため、仕事のデータを消去します。個人のデータは消えません。",
        "The company ended this phone's enrolment long ago, so work data is erased. Personal data stays.",
        "The enrolment is disabled and the policy's lease_destroy_after has passed since the last contact.";
    OrderLock "order.lock" "company" ["unlock_order"],
        "会社の指示でロックしました。データは無事です。",
        "The company locked this. Your data is safe.",
        "A signed order locks the phone, or a wipe waits for its time; the order that names it ends it.";
    OrderLockHard "order.lock_hard" "company" ["recovery"],
        "会社の指示でロックしました。管理者の解除が必要です。データは無事です。",
        "The company locked this. Your admin must unlock it. Your data is safe.",
        "A signed order dropped the passcode and biometric slots; only a recovery answer opens the phone.";
    OrderHardRefused "order.hard_refused" "policy" ["policy_change"],
        "解除の手段がなくなるため、この指示は受け付けませんでした。データは無事です。",
        "This order was refused, since nothing could undo it. Your data is safe.",
        "A hard lock ends by recovery alone, and the policy's passcode_recovery is off; send an ordinary lock.";
    WipeRunning "wipe.running" "company" ["wipe_done"],
        "仕事のデータを消去しています。個人のデータは消えません。",
        "Work data is being erased. Personal data stays.",
        "The wipe has begun and goes on after a restart; its receipt follows.";
    WipeDone "wipe.done" "company" ["join_anew"],
        "仕事のデータを消去しました。個人のデータは無事です。",
        "Work data was erased. Personal data is safe.",
        "The wipe is complete; its receipt says what was destroyed.";
}
