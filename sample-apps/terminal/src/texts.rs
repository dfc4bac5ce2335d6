//! Every text of the app, by key, in Japanese and English. Reasons come from the core with texts of their own.

use companion_domain::reason::Language;

/// Declares the keys and their texts in one. `{x}` stands for a value.
macro_rules! texts {
    ($($name:ident $ja:literal, $en:literal;)*) => {
        /// A text of the app.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Text {
            $(#[doc = concat!("“", $en, "”")] $name,)*
        }

        impl Text {
            /// All texts.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The text as it stands in the table.
            pub fn of(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::Ja) => $ja, (Self::$name, Language::En) => $en,)*
                }
            }
        }
    };
}

impl Text {
    /// The text with `value` in the place of `{name}`.
    pub fn with(self, language: Language, name: &str, value: impl ToString) -> String {
        let place = format!("{{{name}}}");
        self.of(language).replace(&place, &value.to_string())
    }
}

texts! {
    // Panes and segments.
    Today "今日", "Today";
    Chats "トーク", "Chats";
    Outbox "送信待ち", "Outbox";
    CompanySees "会社に見えるもの", "Company sees";
    Settings "設定", "Settings";
    Work "仕事", "Work";
    Undecided "未確認", "Undecided";
    Personal "個人", "Personal";

    // The line under the top bar, and what stands where nothing can.
    Loading "読み込み中…", "Loading…";
    Offline "オフライン・送信待ち{n}件", "Offline · {n} waiting";
    NotLoaded "読み込めません。データは無事です({id})。", "Could not load. Your data is safe ({id}).";
    Retry "再試行", "Retry";
    ReadOnly "閲覧のみ:{reason}", "Read only: {reason}";

    // Today.
    WaitingPeople "返信待ち{n}人", "{n} waiting";
    NobodyWaits "お待ちの方はいません", "No one is waiting";

    // Chats.
    NoWorkChats "仕事のトークはまだありません", "No work chats yet";
    NothingUndecided "未確認のトークはありません", "Nothing to decide";
    PersonalNever "個人(会社には送られません)", "Personal (company never gets it)";
    AddAccount "アカウント追加", "Add account";
    AccountAdded "アカウントを追加しました", "Account added";
    NoAccount "追加できるアカウントはありません", "No account to add";

    // One chat.
    You "自分", "You";
    Customer "お客様", "Customer";
    Edited "編集済み", "Edited";
    Unsent "取り消し済み", "Unsent";
    Before "変更前", "Before";
    Attachment "添付:{kind}", "File: {kind}";
    Composer "{customer}様へ(会社に記録)", "To {customer} (company records)";
    NotWork "仕事のトークではありません", "This is not a work chat";
    NoMessages "メッセージはまだありません", "No messages yet";
    Unbind "個人に戻す", "Make personal";
    UnbindAsk "このトークを個人に戻しますか?", "Make this chat personal?";
    Unbound "個人のトークに戻しました。記録済みの分は会社に残ります。", "This chat is personal now. What was recorded stays.";

    // Making a chat work.
    BindAsk "このトークを仕事にしますか?", "Make this chat work?";
    SoFar "これまでの{n}件も", "Also the {n} so far";
    WhoSees "会社({account})と担当者に見えます。", "Your company ({account}) and its team will see it.";
    Undo "いつでも戻せます。記録済みの分は会社に残ります。", "You can undo this. What was recorded stays.";
    MakeWork "仕事にする", "Make it work";
    KeepPersonal "個人のまま", "Keep personal";
    KeepAsk "このトークは会社に送られません。未確認の{n}件は消えます。", "The company never gets this chat. Undecided items that go: {n}.";
    ChooseFirst "先に選んでください(スペース)", "Choose first (Space)";
    Bound "仕事のトークにしました", "This chat is work now";
    Kept "個人のトークにしました", "This chat is personal";

    // Message states and what can be done about them.
    Queued "送信待ち", "Waiting";
    Sending "送信中", "Sending";
    Uncertain "届いたか不明", "May have arrived";
    Held "保留", "On hold";
    HeldBecause "保留:{reason}", "On hold: {reason}";
    Delivered "送信済み", "Sent";
    Read "既読", "Read";
    Stuck "送れません", "Cannot send";
    StuckBecause "送れません:{reason}", "Cannot send: {reason}";
    RecordingDelayed "記録を確認中", "Recording delayed";
    Edit "編集", "Edit";
    TakeBack "取り消す", "Cancel";
    Arrived "届いていた", "It arrived";
    SendAgain "もう一度送る(重複の可能性)", "Send again (may double)";
    SendNow "今送る", "Send now";
    NothingWaits "送信待ちはありません", "Nothing waiting";
    Since "{time}から", "since {time}";
    NextTry "次は{time}", "next try {time}";

    // What the company sees.
    Seen "見える", "Seen";
    SeenWhat "仕事のトークの本文・添付・時刻", "text, files, times of work chats";
    NotSeen "見えない", "Not seen";
    NotSeenWhat "個人・未確認のトーク、連絡先、写真、位置", "personal, undecided chats, contacts, photos, location";
    DeviceManagement "端末管理の範囲は端末の設定へ", "Device management: phone settings";
    SentRecords "送ったもの", "Sent";
    OnTheWay "送信中{n}件", "{n} on the way";
    NothingSent "まだ何も送っていません", "Nothing sent yet";
    ToCrm "{what}→会社のCRM", "{what} → CRM";
    Message "メッセージ", "message";
    Reaction "リアクション", "reaction";
    Status "配信状況", "delivery status";
    Contact "連絡先", "contact";
    Binding "トークの区分", "decision on a chat";
    Link "メッセージの番号", "number of a message";
    WasCreated "新規", "new";
    WasEdited "編集", "edited";
    WasDeleted "取り消し", "unsent";
    WasRedacted "本文の削除", "text removed";
    WasAccepted "アカウントの承認", "account accepted";
    WasBound "仕事にした", "made work";
    WasUnbound "個人に戻した", "made personal";

    // Settings.
    NothingUntilChosen "選ぶまで何も仕事になりません。", "Nothing becomes work until you choose it.";
    OfflineSwitch "オフラインにする", "Stay offline";
    On "オン", "on";
    Off "オフ", "off";
    LanguageName "言語", "Language";
    ThisLanguage "日本語", "English";
    Enrolment "参加番号", "Enrolment";
    Recorded "記録した件数", "Records made";
    KeyLevel "鍵の保管", "Keys";
    SoftwareKeys "ソフトウェア(ファイル、権限0600)。専用ハードウェアではありません", "software, in files with mode 0600, not in hardware";
    Versions "版", "Versions";

    // What went wrong and is nobody's fault.
    NotNow "今はできません", "Not possible now";
    Gone "もうありません", "It is no longer there";
    StorageFull "空き容量が足りません。途中までの変更はありません。", "Storage is full. Nothing was half-written.";
    NotJoined "会社に参加していません", "Not joined to a company";
    Closed "終了しました", "Closed";

    // Keys.
    Keys "キー", "Keys";
    KeyPanes "画面を選ぶ", "choose a pane";
    KeyMove "上下に動く", "move";
    KeySegments "区分", "segment";
    KeyOpen "開く・決める", "open, confirm";
    KeyBack "戻る", "back";
    KeyWrite "返信を書く", "write a reply";
    KeySend "送る", "send";
    KeyNewLine "改行", "new line";
    KeyVersions "変更前も見る", "show versions";
    KeyDecide "選択肢を選ぶ", "pick an action";
    KeyOffline "オフラインの切り替え", "offline on and off";
    KeyLanguage "English", "日本語";
    KeyRetry "もう一度読み込む", "read again";
    KeyQuit "終わる", "quit";
    Choose "選ぶ", "choose";
    Back "戻る", "Back";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect()
    }

    #[test]
    fn both_languages_have_each_text_with_the_same_places() {
        for text in Text::ALL {
            let [ja, en] = [Language::Ja, Language::En].map(|language| text.of(language));
            assert!(!ja.is_empty() && !en.is_empty(), "{text:?}");
            assert_eq!(places(ja), places(en), "{text:?}");
        }
    }

    #[test]
    fn japanese_texts_are_japanese_and_blame_nobody() {
        for text in Text::ALL {
            let ja = text.of(Language::Ja);
            let japanese = ja.chars().any(|c| c > '\u{3000}');
            assert!(japanese || *text == Text::KeyLanguage, "{text:?}: {ja}");
            for word in ["失敗", "違反", "エラー", "顧客"] {
                assert!(!ja.contains(word), "{text:?}: {ja}");
            }
        }
    }
}
