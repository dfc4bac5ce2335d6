//! The configuration file.

use companion_gateway::Config;
use std::{fs, path::Path};

fn example() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/gateway.example.toml")).unwrap()
}

/// A folder with the secret files that the example names.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("secrets")).unwrap();
    for name in [
        "whatsapp-app-secret",
        "whatsapp-verify-token",
        "whatsapp-token",
        "kintone-token",
    ] {
        fs::write(
            folder.path().join("secrets").join(name),
            "secret-of-the-file\n",
        )
        .unwrap();
    }
    let webhook = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";
    fs::write(folder.path().join("secrets/webhook-secret"), webhook).unwrap();
    folder
}

fn refusal(text: &str, folder: &Path) -> String {
    Config::parse(text, folder).unwrap_err().to_string()
}

#[test]
fn the_example_loads_as_it_stands() {
    let folder = folder();
    let config = Config::parse(&example(), folder.path()).unwrap();
    assert_eq!(
        (
            config.hooks.len(),
            config.accounts.len(),
            config.targets.len()
        ),
        (1, 1, 2)
    );
    assert_eq!(config.test_grants, None);
    assert!(config.database.starts_with(folder.path()));
    let hook = config.hooks.values().next().unwrap();
    assert_eq!(
        hook.secret.expose(),
        "secret-of-the-file",
        "without its line end"
    );
    assert!(!format!("{config:?}").contains("secret-of-the-file"));
}

#[test]
fn what_does_not_do_is_named() {
    let folder = folder();
    let example = example();
    for (from, to, key) in [
        ("listen = \"127.0.0.1:8080\"", "listen = \"here\"", "listen"),
        (
            "https://gateway.acme.example",
            "gateway.acme.example",
            "public_url",
        ),
        ("tenant = \"acme\"", "", "tenant"),
        (
            "tenant = \"acme\"",
            "tenant = \"acme\"\ntenent = \"acme\"",
            "tenent",
        ),
        (
            "\nmode = \"mixed\"",
            "\nmode = \"company\"",
            "account[0].mode",
        ),
        (
            "channel = \"whatsapp\"",
            "channel = \"pigeon\"",
            "hook[0].channel",
        ),
        (
            "secret_file = \"secrets/whatsapp-app-secret\"",
            "",
            "hook[0].secret",
        ),
        (
            "secrets/whatsapp-app-secret",
            "secrets/none",
            "secrets/none",
        ),
        (
            "https://graph.facebook.com",
            "graph",
            "account[0].send.base_url",
        ),
        ("kind = \"kintone\"", "kind = \"abacus\"", "abacus"),
        ("name = \"events\"", "name = \"crm\"", "target[1].name"),
        (
            "accounts = [\"106540352242922\"]",
            "accounts = [\"1\"]",
            "target[1].accounts",
        ),
        (
            "secrets/webhook-secret",
            "secrets/kintone-token",
            "target[1].secret",
        ),
    ] {
        assert!(example.contains(from), "{from}");
        let problem = refusal(&example.replacen(from, to, 1), folder.path());
        assert!(problem.contains(key), "{key}: {problem}");
        assert!(!problem.contains("secret-of-the-file"), "{problem}");
    }
}

#[test]
fn roles_are_named_one_by_one() {
    let roles: companion_gateway::Roles = "ingress, relay".parse().unwrap();
    assert!(roles.ingress && roles.relay && !roles.poster);
    assert!(
        "ingress,pigeon"
            .parse::<companion_gateway::Roles>()
            .is_err()
    );
}
