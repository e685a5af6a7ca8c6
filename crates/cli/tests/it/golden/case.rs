//! A case as it lies in its folder, and the tenant that it is played in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gateway::settings::{Auth, Settings};
use pos::money::Currency;
use pos::rates::{Rates, Row};
use pos::store::{Country, Language, Letterhead, Store, Stores};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

/// Where the cases lie.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden");
/// The shop's stores: external id, name, country, language, currency and zone.
const STORES: [[&str; 6]; 9] = [
    ["store03-stockholm", "Stockholm City", "SE", "sv", "SEK", "Europe/Stockholm"],
    ["store07-helsinki", "Helsinki Forum", "FI", "fi", "EUR", "Europe/Helsinki"],
    ["store11-oslo", "Oslo City", "NO", "nb", "NOK", "Europe/Oslo"],
    ["store21-tokyo", "Tokyo Ginza", "JP", "ja", "JPY", "Asia/Tokyo"],
    ["store31-kuwait", "Kuwait Avenues", "KW", "ar", "KWD", "Asia/Kuwait"],
    ["store41-new-york", "New York SoHo", "US", "en", "USD", "America/New_York"],
    ["store42-montreal", "Montréal Centre", "CA", "fr", "CAD", "America/Toronto"],
    ["store51-copenhagen", "København K", "DK", "da", "DKK", "Europe/Copenhagen"],
    ["store61-london", "London Soho", "GB", "en", "GBP", "Europe/London"],
];
/// The usual rates to the group's Swedish kronor.
const RATES: [(&str, &str); 8] = [
    ("CAD", "7.52"),
    ("DKK", "1.52"),
    ("EUR", "11.35"),
    ("GBP", "13.20"),
    ("JPY", "0.0645"),
    ("KWD", "34.512"),
    ("NOK", "0.97"),
    ("USD", "10.55"),
];
/// How many points one unit of a currency earns in the tenant (fact P-40).
pub const POINT_FACTORS: [(&str, &str); 9] = [
    ("CAD", "7"),
    ("DKK", "1.5"),
    ("EUR", "10"),
    ("GBP", "13"),
    ("JPY", "0.1"),
    ("KWD", "30"),
    ("NOK", "1"),
    ("SEK", "1"),
    ("USD", "10"),
];

/// A case.
pub struct Case {
    /// Its folder.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What it shows.
    pub about: String,
    /// Where the currencies are set up otherwise than usual.
    pub tenant: Option<Tenant>,
    /// What Ada was given before, and the till was shown.
    pub offers: Vec<Given>,
    /// What the till calls, in order.
    pub calls: Vec<Call>,
    /// What Engage must get, in the order in which it comes; a contact is named as `<ada>`.
    pub engage: Vec<Box<RawValue>>,
    /// What the sandbox must make of it.
    pub stored: Stored,
}

/// A call of the till's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Method and path.
    pub call: String,
    pub body: Option<Box<RawValue>>,
    /// The codes that it is warned of, sorted.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// What became of each offer that it used or gave back, by the till's word for it.
    #[serde(default)]
    pub offers: BTreeMap<String, String>,
    /// What becomes of the receipt.
    pub state: String,
}

/// An offer that Ada was given.
#[derive(Debug, Deserialize)]
pub struct Given {
    /// What stands for it: a voucher's number, or the id of an assignment; `<name.promotion>` for that of its promotion.
    #[serde(rename = "as")]
    pub stands_as: String,
    #[serde(flatten)]
    pub what: What,
}

/// What was given, as the sandbox is told.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    Voucher(Value),
    Promotion(Value),
}

/// A tenant's currencies.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tenant {
    pub group: String,
    /// The gateway's own table: by currency, then by the first day of a rate.
    pub rates: BTreeMap<String, BTreeMap<String, Decimal>>,
    /// What the gateway leaves to Engage.
    #[serde(default)]
    pub converted_by_engage: Vec<String>,
    /// Engage's table (fact R-48).
    #[serde(default)]
    pub engages_table: BTreeMap<String, Decimal>,
}

/// What the sandbox must make of a case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    pub receipts: Vec<StoredReceipt>,
    /// The points that everybody has at the end.
    pub balances: BTreeMap<String, Decimal>,
    /// What became of what Ada was given: `redeemed`, or `available`.
    #[serde(default)]
    pub offers: BTreeMap<String, String>,
    /// What the sandbox finds against the guide; a case of which it finds nothing is played where Engage checks all it
    /// could check (fact R-60).
    #[serde(default)]
    pub findings: Vec<String>,
}

/// What the sandbox must make of a receipt.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredReceipt {
    pub id: String,
    pub rate: Decimal,
    pub group_total: Decimal,
    /// Those of each line; below zero they are taken back.
    pub points: Vec<Decimal>,
}

impl Case {
    /// All of them, in order.
    pub fn all() -> Vec<Case> {
        let entries = std::fs::read_dir(FOLDER).expect("the folder of the cases");
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.retain(|path| path.is_dir());
        folders.sort();
        folders.iter().map(|folder| Case::read(folder)).collect()
    }

    fn read(folder: &Path) -> Case {
        let about = std::fs::read_to_string(folder.join("about.md")).expect("each case says what it shows");
        let (title, about) = about.split_once('\n').expect("a title and what it shows");
        Case {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            title: title.strip_prefix("# ").expect("a title").to_owned(),
            about: about.trim().to_owned(),
            tenant: folder.join("tenant.json").exists().then(|| json(folder, "tenant.json")),
            offers: if folder.join("offers.json").exists() {
                json(folder, "offers.json")
            } else {
                Vec::new()
            },
            calls: json(folder, "till.json"),
            engage: json(folder, "engage.json"),
            stored: json(folder, "stored.json"),
        }
    }

    /// Whether a till's call holds this text.
    pub fn names(&self, text: &str) -> bool {
        self.calls.iter().filter_map(|call| call.body.as_ref()).any(|body| body.get().contains(text))
    }

    /// What the gateway of this case is set up as.
    pub fn settings(&self) -> Settings {
        let stores = STORES.map(|[external_id, name, country, language, currency, zone]| Store {
            external_id: external_id.into(),
            name: name.into(),
            country: Country::parse(country).unwrap(),
            language: Language::parse(language).unwrap(),
            currency: currency_of(currency),
            time_zone: jiff::tz::TimeZone::get(zone).unwrap(),
            letterhead: Letterhead::default(),
        });
        let mut settings = crate::api::settings(Auth::None);
        settings.stores = Stores::new(stores.into()).unwrap();
        settings.rates = self.tenant().rates();
        settings
    }

    /// What its Engage is set up as.
    pub fn engage_settings(&self) -> sandbox::Settings {
        let tenant = self.tenant();
        let factors = POINT_FACTORS.map(|(code, factor)| (code.to_owned(), factor.parse().unwrap()));
        sandbox::Settings {
            group_currency: tenant.group,
            rates: tenant.engages_table,
            points: sandbox::PointRules { factors: factors.into(), ..Default::default() },
            ..sandbox::Settings::default()
        }
    }

    fn tenant(&self) -> Tenant {
        self.tenant.clone().unwrap_or_else(Tenant::usual)
    }
}

impl Call {
    pub fn method(&self) -> &str {
        self.call.split(' ').next().unwrap()
    }

    pub fn path(&self) -> &str {
        self.call.split(' ').nth(1).expect("a method and a path")
    }

    /// The id of the receipt that it is about.
    pub fn receipt(&self) -> &str {
        self.path().split('/').nth(3).expect("a path of a receipt")
    }
}

impl Tenant {
    fn usual() -> Tenant {
        let always = |rate: &str| BTreeMap::from([("2020-01-01".to_owned(), rate.parse().unwrap())]);
        Tenant {
            group: "SEK".into(),
            rates: RATES.map(|(code, rate)| (code.to_owned(), always(rate))).into(),
            converted_by_engage: Vec::new(),
            engages_table: BTreeMap::new(),
        }
    }

    fn rates(&self) -> Rates {
        let rows = self.rates.iter().flat_map(|(code, days)| {
            days.iter().map(|(day, rate)| Row {
                currency: currency_of(code),
                from: day.parse().unwrap(),
                rate: *rate,
            })
        });
        let converted = self.converted_by_engage.iter().map(|code| currency_of(code)).collect();
        Rates::new(Some(currency_of(&self.group)), rows.collect()).unwrap().converted_by_engage(converted)
    }
}

/// The receipt's id, of a receipt that Engage gets.
pub fn unique_receipt_id(receipt: &RawValue) -> String {
    let receipt: Value = serde_json::from_str(receipt.get()).unwrap();
    receipt["uniqueReceiptId"].as_str().expect("each receipt has its id").to_owned()
}

fn currency_of(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn json<T: DeserializeOwned>(folder: &Path, file: &str) -> T {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
