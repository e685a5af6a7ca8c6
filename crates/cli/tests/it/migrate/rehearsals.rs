//! Rehearsals: the twin is set up as the mapping says the tenant is, and says what it doesn't take.

use serde_json::Value;

use super::stage::Stage;

fn assert_agrees(stage: &Stage, what: &str) {
    stage.step(&["plan"]).ok();
    let rehearsed = stage.step(&["rehearse", "--json"]);
    let told: Value =
        serde_json::from_str(&rehearsed.stdout).unwrap_or_else(|_| panic!("{what}: {}", rehearsed.stderr));
    assert_eq!((&told["verdict"], rehearsed.code), (&"agrees".into(), 0), "{what}: {told:#}");
}

#[test]
fn a_rehearsal_agrees_however_the_plan_is_sent() {
    for (what, said) in [
        ("as XML", "receipts-as = \"xml\"\ncontacts-as = \"xml\""),
        ("by the bulk calls", "contacts-by = \"bulk\""),
    ] {
        let stage = Stage::sample(150, 400, 12, &[]);
        stage.say_of_engage(said);
        assert_agrees(&stage, what);
    }
}

/// Of an export of long ago points and vouchers are over by now. They are history, and were sent.
#[test]
fn a_rehearsal_agrees_however_old_the_export_is() {
    for day in ["2025-06-01", "2021-01-01"] {
        assert_agrees(&Stage::sample_until(day, 150, 400, 11, &[]), day);
    }
}

#[test]
fn the_twin_knows_the_attributes_that_the_tenant_made() {
    for said in ["", "contacts-as = \"xml\"", "contacts-by = \"bulk\""] {
        let stage = Stage::sample(150, 0, 12, &[]);
        stage.say_of_engage(said);
        stage.say("[contacts.fields]", "favouriteTown = \"ORT\"\nphone = \"MOBIL\"");
        assert_agrees(&stage, said);
    }
}

#[test]
fn the_twin_takes_the_folders_and_the_contact_type_of_the_mapping() {
    let stage = Stage::sample(150, 200, 12, &[]);
    stage.say(
        "contact-type = \"Member\"",
        "\n[engage.folders]\ncontacts = \"/in/people\"\npoints = \"/in/points\"",
    );
    let path = stage.folder().join("migration.toml");
    let mapping = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, mapping.replace("contact-type = \"Member\"", "contact-type = \"Kund\"")).unwrap();
    assert_agrees(&stage, "folders and type");
}

/// An export may leave out what Engage has: the rehearsal brings it, as Engage has it.
#[test]
fn stores_that_engage_has_already_are_given_to_the_twin() {
    let stage = Stage::sample(150, 400, 12, &["--faultless"]);
    let path = stage.folder().join("migration.toml");
    let mapping = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = mapping.split_once("[stores]").unwrap();
    let (_, after) = rest.split_once("[contacts]").unwrap();
    std::fs::write(path, format!("{before}[contacts]{after}")).unwrap();
    assert_agrees(&stage, "no stores");
}

#[test]
fn columns_that_the_mapping_names_are_read_by_these_names() {
    let stage = Stage::sample(150, 400, 12, &[]);
    let columns = [
        ("kund", "contact.matchKey"),
        ("nyckel", "contact.matchKeyType"),
        ("typ", "contact.contactType"),
        ("id", "uniqueReceiptId"),
        ("nr", "receiptNumber"),
        ("datum", "createdDate"),
        ("butik", "storeExternalId"),
        ("valuta", "currency"),
        ("kurs", "exchangeRateToGroupCurrency"),
        ("summa", "totalGrossPrice"),
        ("radtyp", "item.type"),
        ("artikel", "item.sku"),
        ("antal", "item.quantity"),
        ("betalt", "item.grossPaidPrice"),
    ];
    let lines: Vec<String> = columns.iter().map(|(name, path)| format!("{name} = \"{path}\"")).collect();
    stage.say("[contacts]", &format!("#\n[layouts.transactions]\n{}", lines.join("\n")));
    // What stood under `[contacts]` stands under it still.
    let path = stage.folder().join("migration.toml");
    let mapping = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = mapping.split_once("[contacts]\n#\n").unwrap();
    let (layout, after) = rest.split_once("\nfiles").unwrap();
    std::fs::write(path, format!("{head}{layout}\n[contacts]\nfiles{after}")).unwrap();
    assert_agrees(&stage, "own columns");
}

/// The counts of a file that fails whole say that something is missing, not what.
#[test]
fn a_rehearsal_says_why_a_file_fails() {
    let stage = Stage::sample(50, 100, 12, &[]);
    let path = stage.folder().join("migration.toml");
    let mapping = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, format!("{mapping}\n[layouts.points]\nWho = \"Key\"\n")).unwrap();
    stage.step(&["plan"]).ok();
    let rehearsed = stage.step(&["rehearse", "--json"]);
    let told: Value = serde_json::from_str(&rehearsed.stdout).unwrap();
    assert_eq!((&told["verdict"], rehearsed.code), (&"gaps".into(), 3), "{told:#}");
    let gaps = told["gaps"].as_array().unwrap();
    let failed = gaps.iter().find(|gap| gap["code"] == "fileFailed").unwrap();
    assert!(failed["found"].as_str().unwrap().contains("no column KeyType"), "{failed}");
}
