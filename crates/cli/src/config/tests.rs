mod currencies;
mod offers;
mod orders;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use engage::call::PromotionsAt;
use gateway::settings::{self, Auth, ContactKey, CustomKey};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::build::TextFile;
use super::schema::{self, Kind};
use super::{Faults, Loaded, assemble, json_schema, show, show_json, template};

const STORE: &str = r#"
[[stores]]
external_id = "store03-stockholm"
name = "Stockholm"
country = "SE"
language = "sv"
currency = "SEK"
time_zone = "Europe/Stockholm"
"#;

/// Files that are there.
const PROMOTIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/promotions.toml");
const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../document/templates");

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, Faults> {
    let file = TextFile { text: text.to_owned(), world_readable: false };
    assemble(
        Some((Path::new("t.toml"), &file)),
        variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
    )
}

fn loaded(text: &str, variables: &[(&str, &str)]) -> Loaded {
    load(text, variables).unwrap_or_else(|faults| panic!("{faults}\n{text}"))
}

/// The faults, one a line, without the headline.
fn faults(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let faults = load(text, variables).expect_err("this is faulty").to_string();
    faults.lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

fn warnings(loaded: &Loaded) -> Vec<String> {
    loaded.warnings.iter().map(ToString::to_string).collect()
}

/// The template with one kind of its commented lines uncommented.
fn uncommented(examples: bool) -> String {
    let line = |line: &str| match line.strip_prefix("#? ") {
        Some(example) if examples => example.to_owned(),
        Some(_) => String::new(),
        None => match line.strip_prefix('#') {
            Some(setting) if setting.starts_with(|first: char| first.is_ascii_lowercase()) => {
                setting.to_owned()
            }
            Some(_) | None => line.to_owned(),
        },
    };
    template().lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn the_template_as_it_is_says_nothing_but_the_defaults() {
    let without = assemble(None, std::iter::empty()).unwrap();
    let with = loaded(template(), &[]);
    assert_eq!(format!("{:?}", with.config), format!("{:?}", without.config));
    assert!(!show(&with).contains("t.toml"), "{}", show(&with));
}

#[test]
fn the_templates_defaults_uncommented_are_the_defaults() {
    let without = assemble(None, std::iter::empty()).unwrap();
    let with = loaded(&uncommented(false), &[]);
    assert_eq!(format!("{:?}", with.config), format!("{:?}", without.config));
    for field in schema::FIELDS {
        let from_file =
            with.settings.origin(field.key).is_some_and(|origin| origin.to_string().starts_with("t.toml:"));
        assert_eq!(from_file, field.default.is_some(), "{} in the template", field.key);
    }
}

#[test]
fn every_setting_of_the_table_stands_in_the_template() {
    let text = template();
    for field in schema::FIELDS.iter().chain(schema::STORE_FIELDS) {
        let (_, key) = field.key.rsplit_once('.').unwrap_or(("", field.key));
        let marks = [format!("\n#{key} = "), format!("\n#? {key} = ")];
        // The key itself is better elsewhere: its paragraph names the variable.
        let named = field.kind == Kind::Secret && text.contains(&field.variable());
        assert!(named || marks.iter().any(|mark| text.contains(mark)), "{}", field.key);
    }
    for examples in [false, true] {
        for line in
            uncommented(examples).lines().filter(|line| line.contains(" = ") && !line.starts_with('#'))
        {
            let key = line.split(" = ").next().unwrap();
            let known =
                schema::FIELDS.iter().chain(schema::STORE_FIELDS).any(|field| field.key.ends_with(key));
            assert!(known || ["EUR", "NOK", "SEK"].contains(&key), "{line}");
        }
    }
}

#[test]
fn the_templates_examples_are_right() {
    // The examples of files are paths that are not there: only that may be wrong with the examples.
    let text = uncommented(true);
    let problems = faults(&text, &[]);
    assert_eq!(problems.len(), 3, "{problems:#?}");
    assert!(problems[0].contains("engage.api_key_file"), "{problems:#?}");
    assert!(problems[1].contains("offers.promotions"), "{problems:#?}");
    assert!(problems[2].contains("documents.templates"), "{problems:#?}");
    let variables = [
        ("TILLBRIDGE_ENGAGE__API_KEY", "k"),
        ("TILLBRIDGE_OFFERS__PROMOTIONS", PROMOTIONS),
        ("TILLBRIDGE_DOCUMENTS__TEMPLATES", TEMPLATES),
    ];
    let config = loaded(&text, &variables).config;
    assert_eq!(
        config.stores.get("store03-stockholm").unwrap().time_zone.iana_name(),
        Some("Europe/Stockholm")
    );
}

#[test]
fn the_committed_schema_is_the_one_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.schema.json");
    let committed: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let generated: Value = serde_json::from_str(&json_schema()).unwrap();
    assert_eq!(committed, generated, "run: cargo run -- config schema > docs/config.schema.json");
}

#[test]
fn every_setting_has_a_variable_of_its_own_that_outranks_the_file() {
    let variables: BTreeSet<String> = schema::FIELDS.iter().map(schema::Field::variable).collect();
    assert_eq!(variables.len(), schema::FIELDS.len());
    for field in schema::FIELDS {
        let value = match field.kind {
            Kind::Address => "127.0.0.1:9999",
            Kind::Url => "http://127.0.0.1:9999",
            // The last contact key is refused unless another setting allows it.
            Kind::Choice(words) => words[1],
            Kind::Words(words) => words[0],
            Kind::Names => "shoeSize, hairColour",
            Kind::Flag => "true",
            Kind::TimeZone => "Europe/Stockholm",
            Kind::Whole(least, _) => &least.max(1).to_string(),
            Kind::Currency => "NOK",
            Kind::Path if field.key == "engage.api_key_file" => {
                concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.rs")
            }
            Kind::Path if field.key == "offers.promotions" => PROMOTIONS,
            Kind::Path if field.key == "documents.templates" => TEMPLATES,
            Kind::Path | Kind::Secret | Kind::Text => "other",
            Kind::Outage => "honour",
            Kind::ListName => "offers.number",
            Kind::Currencies => "NOK",
            Kind::Decimal
            | Kind::Rate
            | Kind::Amounts
            | Kind::Lines
            | Kind::Day
            | Kind::Country
            | Kind::Language => unreachable!("in no named setting"),
        };
        // The file of that key holds no key, which is known only because the variable was followed.
        match load(&uncommented(false), &[(&field.variable(), value)]) {
            Ok(loaded) => {
                assert_eq!(loaded.settings.origin(field.key).unwrap().to_string(), field.variable())
            }
            Err(faults) if field.key == "engage.api_key_file" => {
                assert!(faults.to_string().contains("main.rs"))
            }
            Err(faults) => panic!("{}: {faults}", field.key),
        }
    }
}

#[test]
fn settings_become_what_they_mean() {
    let text = format!(
        "[gateway]\nwait_ms = 1_000\nauth = \"none\"\n[engage]\ncontact_key = \"mobilePhone\"\n\
         custom_key = \"externalId\"\nimport_interval_seconds = 0\n{STORE}"
    );
    let config = loaded(&text, &[]).config;
    assert_eq!(config.gateway.wait, Duration::from_secs(1));
    assert_eq!(config.gateway.auth, Auth::None);
    assert_eq!(config.engage.tenant.contact_key, ContactKey::MobilePhone);
    assert_eq!(config.engage.tenant.custom_key, CustomKey::ExternalId);
    assert_eq!(config.engage.tenant.import_interval, Duration::ZERO);
    assert_eq!(config.engage.tenant.requests_per_second, Some(40));
    assert_eq!(config.stores.get("store03-stockholm").unwrap().currency.code(), "SEK");
}

#[test]
fn how_long_a_receipt_may_be_claimed_is_set_in_days() {
    let days = |number: u64| Duration::from_secs(number * 24 * 3_600);
    assert_eq!(loaded("", &[]).config.gateway.claim_window, days(30));
    assert_eq!(loaded("[gateway]\nclaim_days = 400\n", &[]).config.gateway.claim_window, days(400));
    for number in [0, 401] {
        let found = faults(&format!("[gateway]\nclaim_days = {number}\n"), &[]);
        assert!(found[0].contains("from 1 to 400"), "{found:?}");
    }
}

#[test]
fn where_used_offers_are_named_is_the_tenants_own() {
    let tenant = |text: &str| loaded(text, &[]).config.engage.tenant;
    let named = |of: settings::Engage| (of.used_vouchers.to_string(), of.used_promotions.to_string());
    let by_default = named(tenant(""));
    assert_eq!(by_default, named(settings::Engage::default()));
    assert_eq!(by_default.0, "usedBonusChecks.checkNumber");
    let set = named(tenant(
        "[engage]\nused_vouchers = \"rewardVouchers.number\"\nused_promotions = \"offers.id\"\n",
    ));
    assert_eq!(set, ("rewardVouchers.number".to_owned(), "offers.id".to_owned()));
    let refused = [
        ("used_vouchers = \"checkNumber\"", "usedPromotions.promotionId"),
        ("used_vouchers = \"items.sku\"", "a list of its own"),
        ("used_promotions = \"usedBonusChecks.promotionId\"", "vouchers are named in this list too"),
    ];
    for (line, expected) in refused {
        let found = faults(&format!("[engage]\n{line}\n"), &[]);
        assert_eq!(found.len(), 1, "{line}\n{found:#?}");
        assert!(found[0].starts_with("t.toml:2: engage.used_") && found[0].contains(expected), "{found:#?}");
    }
}

#[test]
fn what_a_tenants_contacts_are_like_is_set() {
    let text = "[engage]\ncontact_key = \"personalIdentityNumber\"\npersonal_identity_numbers = true\n\
        mandatory_fields = [\"firstName\", \"email\"]\ncustom_attributes = [\"shoeSize\", \"club.colour\"]\n\
        level_attribute = \"tier\"\nlevel_left_attribute = \"tierLeft\"\npromotions_at = \"contact\"\n\
        changes_interval_seconds = 300\nchanges_time_zone = \"Europe/Stockholm\"\n";
    let set = loaded(text, &[]);
    let tenant = &set.config.engage.tenant;
    assert_eq!(tenant.contact_key, ContactKey::PersonalIdentityNumber);
    assert!(tenant.personal_identity_numbers);
    assert_eq!(tenant.mandatory_fields, ["firstName", "email"]);
    assert_eq!(tenant.custom_attributes, ["shoeSize", "club.colour"]);
    assert_eq!((tenant.level_attribute.as_str(), tenant.level_left_attribute.as_str()), ("tier", "tierLeft"));
    assert_eq!(tenant.promotions_at, PromotionsAt::Contact);
    assert_eq!(tenant.changes_interval, Some(Duration::from_secs(300)));
    assert_eq!(tenant.changes_time_zone.iana_name(), Some("Europe/Stockholm"));
    assert!(warnings(&set)[0].contains("t.toml:3: engage.personal_identity_numbers"), "{:?}", set.warnings);

    let unset = loaded("", &[]).config.engage.tenant;
    assert!(!unset.personal_identity_numbers);
    assert_eq!(unset.mandatory_fields, [""; 0]);
    assert_eq!(unset.promotions_at, PromotionsAt::Assignments);
    assert_eq!((unset.changes_interval, unset.changes_time_zone.iana_name()), (None, Some("UTC")));
}

#[test]
fn a_list_is_set_by_a_variable_too_and_shown_as_it_is() {
    let variables = [
        ("TILLBRIDGE_ENGAGE__MANDATORY_FIELDS", " firstName ,lastName"),
        ("TILLBRIDGE_ENGAGE__PERSONAL_IDENTITY_NUMBERS", "true"),
    ];
    let set = loaded("[engage]\nmandatory_fields = [\"city\"]\n", &variables);
    assert_eq!(set.config.engage.tenant.mandatory_fields, ["firstName", "lastName"]);
    let shown = show(&set);
    for line in [
        "mandatory_fields = [\"firstName\", \"lastName\"]",
        "custom_attributes = []",
        "personal_identity_numbers = true",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let shown: Value = serde_json::from_str(&show_json(&set)).unwrap();
    let value = |key: &str| {
        let rows = shown["settings"].as_array().unwrap();
        rows.iter().find(|row| row["key"] == key).unwrap()["value"].clone()
    };
    assert_eq!(value("engage.mandatory_fields"), serde_json::json!(["firstName", "lastName"]));
    assert_eq!(value("engage.personal_identity_numbers"), Value::Bool(true));
    assert_eq!(
        loaded("", &[("TILLBRIDGE_ENGAGE__MANDATORY_FIELDS", "")]).config.engage.tenant.mandatory_fields,
        [""; 0]
    );
}

#[test]
fn what_a_tenant_cannot_be_like_is_refused() {
    let cases = [
        (
            "contact_key = \"personalIdentityNumber\"",
            &["engage.personal_identity_numbers is false", "another key"][..],
        ),
        (
            "mandatory_fields = [\"personalIdentityNumber\"]",
            &["engage.personal_identity_numbers is false", "take it out"],
        ),
        (
            "mandatory_fields = [\"firstname\"]",
            &["\"firstname\" is none of email, ", "did you mean firstName?"],
        ),
        ("mandatory_fields = [\"frstName\", \"sity\"]", &["did you mean firstName?", "did you mean city?"]),
        ("mandatory_fields = [\"city\", \"city\"]", &["\"city\" is named twice"]),
        (
            "mandatory_fields = \"city\"",
            &["this must be a list of texts, as in [\"one\", \"two\"], and is text"],
        ),
        ("mandatory_fields = [\"city\", 1]", &["a list of texts in quotes", "is a whole number"]),
        ("custom_attributes = [\"city,email\"]", &["with a comma in it"]),
        ("custom_attributes = [\"Email\"]", &["\"Email\" is no attribute of the tenant's own"]),
        ("custom_attributes = [\"preferences\"]", &["no attribute of the tenant's own"]),
        ("custom_attributes = [\"shoe size\"]", &["\"shoe size\" is no attribute's name"]),
        ("custom_attributes = [\"\"]", &["none of them empty"]),
        ("level_attribute = \"\"", &["is no attribute's name"]),
        ("personal_identity_numbers = \"true\"", &["this must be true or false without quotes, and is text"]),
        ("promotions_at = \"contacts\"", &["did you mean contact?"]),
        ("changes_interval_seconds = 86401", &["from 0 to 86400"]),
        ("changes_time_zone = \"Stockholm\"", &["IANA"]),
    ];
    for (line, expected) in cases {
        let found = faults(&format!("[engage]\n{line}\n"), &[]);
        assert_eq!(found.len(), 1, "{line}\n{found:#?}");
        assert!(found[0].starts_with("t.toml:2: engage."), "{found:?}");
        assert!(expected.iter().all(|text| found[0].contains(text)), "{line}\n{found:#?}");
    }
    let found = faults("", &[("TILLBRIDGE_ENGAGE__PERSONAL_IDENTITY_NUMBERS", "yes")]);
    assert!(found[0].contains("\"yes\" is neither true nor false"), "{found:?}");
}

#[test]
fn a_key_that_nobody_can_be_looked_up_by_is_a_warning() {
    let of = |key: &str, custom: &str| {
        warnings(&loaded(&format!("[engage]\ncontact_key = \"{key}\"\ncustom_key = \"{custom}\"\n"), &[]))
    };
    assert!(of("externalId", "memberNumber")[0].contains("t.toml:3: engage.custom_key"));
    assert!(of("memberNumber", "externalId")[0].contains("looked up by memberNumber"));
    assert!(of("externalId", "externalId").is_empty() && of("email", "externalId").is_empty());
}

#[test]
fn all_faults_are_told_at_once_with_their_lines() {
    let text = format!(
        "[gateway]\nlisten = \"here\"\nwait_ms = \"soon\"\nlookup_wait_ms = 99999\nport = 1\n[engage]\n\
         contct_key = \"email\"\ncustom_key = \"memberNumer\"\n[shop]\n{STORE}{}",
        STORE.replace("\"SE\"", "\"SWE\"").replace("name = \"Stockholm\"\n", "")
    );
    let found = faults(&text, &[("TILLBRIDGE_GATEWAY_LISTEN", "x"), ("TILLBRIDGE_ENGAGE__SOURCE", "")]);
    let expected = [
        "t.toml:2: gateway.listen: \"here\" is no address",
        "t.toml:3: gateway.wait_ms: this must be a whole number without quotes, and is text",
        "t.toml:4: gateway.lookup_wait_ms: \"99999\" is no whole number from 0 to 30000",
        "t.toml:5: gateway.port: there is no such setting; known here: listen, data_dir, auth",
        "t.toml:7: engage.contct_key: there is no such setting; did you mean contact_key?",
        "t.toml:8: engage.custom_key: \"memberNumer\" is none of memberNumber, externalId (did you mean memberNumber?)",
        "t.toml:9: shop: there is no such setting; known here: gateway, engage, offers, orders, documents, \
         sandbox, currencies, stores",
        "t.toml:19: stores[1].name: this is missing",
        "t.toml:21: stores[1].country: `SWE` isn't an ISO 3166",
        "TILLBRIDGE_ENGAGE__SOURCE: this is empty",
        "TILLBRIDGE_GATEWAY_LISTEN: this variable sets nothing; did you mean TILLBRIDGE_GATEWAY__LISTEN?",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "found    {found}\nexpected {expected}");
    }
}

#[test]
fn what_is_no_toml_is_told_by_its_line_without_quoting_it() {
    let found = faults("[engage]\napi_key = \"hush\nsource = \"POS\"\n", &[]);
    assert!(found[0].starts_with("t.toml:2: "), "{found:#?}");
    assert!(!found.join("\n").contains("hush"), "{found:#?}");
}

#[test]
fn tills_without_tokens_are_for_loopback_only() {
    let found = faults("[gateway]\nlisten = \"0.0.0.0:8700\"\nauth = \"none\"\n", &[]);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("0.0.0.0:8700") && found[0].contains("auth = \"tokens\""), "{found:?}");
    let alone = loaded("[gateway]\nlisten = \"[::1]:8700\"\nauth = \"none\"\n", &[]);
    assert!(warnings(&alone)[0].contains("may act as a till"), "{:?}", alone.warnings);
    let open = loaded("[gateway]\nlisten = \"0.0.0.0:8700\"\n", &[]);
    assert!(warnings(&open)[0].contains("without TLS"), "{:?}", open.warnings);
}

#[test]
fn a_tenant_needs_https_and_a_key_and_a_sandbox_here_neither() {
    let tenant = "[engage]\nbase_url = \"https://acme.staging.voyado.com\"\n";
    assert!(faults(tenant, &[])[0].contains("TILLBRIDGE_ENGAGE__API_KEY"));
    let config = loaded(tenant, &[("TILLBRIDGE_ENGAGE__API_KEY", "k-1")]).config;
    assert_eq!(config.engage.api_key.expose_secret(), "k-1");
    let plain =
        [("TILLBRIDGE_ENGAGE__BASE_URL", "http://acme.voyado.com"), ("TILLBRIDGE_ENGAGE__API_KEY", "k")];
    assert!(faults("", &plain)[0].contains("HTTPS only"));
    for url in ["http://localhost:1", "http://[::1]:1", "http://127.0.0.9"] {
        assert!(load("", &[("TILLBRIDGE_ENGAGE__BASE_URL", url)]).is_ok(), "{url}");
    }
    for url in ["ftp://a", "https://a/api/v3", "https://u:p@a", "https://a?b", "a.voyado.com", "https://"] {
        let found = faults("", &[("TILLBRIDGE_ENGAGE__BASE_URL", url), ("TILLBRIDGE_ENGAGE__API_KEY", "k")]);
        assert_eq!(found.len(), 1, "{url}: {found:?}");
        assert!(found[0].starts_with("TILLBRIDGE_ENGAGE__BASE_URL: "), "{url}: {found:?}");
    }
}

#[test]
fn the_key_of_the_stronger_place_wins_and_two_in_one_place_are_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, "from-file\n").unwrap();
    let in_file = format!("[engage]\napi_key_file = {:?}\n", path.to_str().unwrap());
    let key = |text: &str, variables: &[(&str, &str)]| {
        loaded(text, variables).config.engage.api_key.expose_secret().to_owned()
    };
    assert_eq!(key(&in_file, &[]), "from-file");
    assert_eq!(key(&in_file, &[("TILLBRIDGE_ENGAGE__API_KEY", "from-variable")]), "from-variable");
    let file_variable = [("TILLBRIDGE_ENGAGE__API_KEY_FILE", path.to_str().unwrap())];
    assert_eq!(key("[engage]\napi_key = \"direct\"\n", &file_variable), "from-file");
    assert!(faults(&format!("{in_file}api_key = \"direct\"\n"), &[])[0].contains("keep one of the two"));
}

#[test]
fn a_key_that_everybody_can_read_is_a_warning() {
    let text = "[engage]\napi_key = \"k\"\n";
    let exposed = TextFile { text: text.to_owned(), world_readable: true };
    let loaded_exposed = assemble(Some((Path::new("t.toml"), &exposed)), std::iter::empty()).unwrap();
    assert!(
        warnings(&loaded_exposed)[0].contains("t.toml:2: engage.api_key: everybody"),
        "{loaded_exposed:?}"
    );
    assert!(loaded(text, &[]).warnings.is_empty());
    let unrelated = TextFile { text: String::new(), world_readable: true };
    assert!(
        assemble(Some((Path::new("t.toml"), &unrelated)), std::iter::empty()).unwrap().warnings.is_empty()
    );
}

#[test]
fn no_secret_is_ever_shown() {
    let secret = "hush-hush-hush";
    let text = format!("[engage]\napi_key = \"{secret}\"\n");
    let good = loaded(&text, &[]);
    assert!(show(&good).contains("api_key = \"(hidden)\""), "{}", show(&good));
    let wrong = faults(&format!("[engage]\napi_key = \"{secret} x\"\napikey = \"{secret}\"\n"), &[]);
    let by_variable = faults("", &[("TILLBRIDGE_ENGAGE__API_KEY", &format!("{secret} x"))]);
    let all = format!("{}{good:?}{wrong:?}{by_variable:?}", show(&good));
    assert!(!all.contains(secret), "{all}");
}

#[test]
fn what_is_shown_can_be_read_again_and_means_the_same() {
    let text = format!("[currencies]\ngroup = \"SEK\"\nrates = {{ EUR = 11.350 }}\n{STORE}");
    let first = loaded(&text, &[("TILLBRIDGE_ENGAGE__SOURCE", "till \"7\" \\ #")]);
    let again = loaded(&show(&first), &[]);
    assert_eq!(format!("{:?}", again.config), format!("{:?}", first.config));
    assert!(show(&first).contains("# TILLBRIDGE_ENGAGE__SOURCE"), "{}", show(&first));
    assert!(show(&first).contains("# t.toml:3"), "{}", show(&first));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let cases = [
        ("[currencies.rates]\nEUR = 11\n", "no group currency"),
        ("[currencies]\ngroup = \"SEK\"\nrates = { SEK = 1 }\n", "take this row out"),
        ("[currencies]\ngroup = \"SEK\"\nrates = { EUR = 0 }\n", "above zero"),
        ("[currencies]\ngroup = \"SEK\"\nrates = { eur = 11 }\n", "capitals"),
        ("[currencies]\ngroup = \"SEK\"\nrates = { EUR = nan }\n", "isn't a decimal number"),
        ("[currencies]\ngroup = \"SEK\"\nrates = { EUR = true }\n", "a decimal number"),
        ("[gateway]\ndata_dir = \"d\"\n[sandbox]\ndata_dir = \"d\"\n", "the gateway's folder"),
        ("[gateway]\nlisten = \"127.0.0.1:8701\"\n", "the gateway's address"),
        ("stores = 1\n", "a list of tables"),
        ("stores = [1]\n", "a table [[stores]]"),
        ("gateway = 1\n", "a table [gateway]"),
        ("[engage]\nrequests_per_second = 0\n", "from 1 to 200"),
        (&format!("{STORE}{STORE}"), "already the id of stores[0]"),
        (&STORE.replace("Europe/Stockholm", "Stockholm"), "IANA"),
    ];
    for (text, expected) in cases {
        let found = faults(text, &[]);
        assert_eq!(found.len(), 1, "{text}\n{found:#?}");
        assert!(found[0].contains(expected), "{text}\n{found:#?}");
    }
}

#[test]
fn other_peoples_variables_and_our_arguments_are_left_alone() {
    assert!(load("", &[("PATH", "x"), ("TILLBRIDGE_CONFIG", "x"), ("TILLBRIDGE_LOG", "debug")]).is_ok());
    assert!(faults("", &[("TILLBRIDGE_STORES__0__NAME", "x")])[0].contains("stores are set in the file"));
}

#[test]
fn a_rate_above_what_is_advised_is_a_warning() {
    let fast = loaded("[engage]\nrequests_per_second = 51\n", &[]);
    assert!(warnings(&fast)[0].contains("t.toml:2: engage.requests_per_second"), "{:?}", fast.warnings);
    assert!(loaded("[engage]\nrequests_per_second = 50\n", &[]).warnings.len() == 1);
    assert!(loaded("[engage]\nrequests_per_second = 49\n", &[]).warnings.is_empty());
}
