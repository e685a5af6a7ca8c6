//! What columns are called, in Swedish, English, Norwegian, Danish, Finnish and German, as they are without marks and
//! accents.

use crate::Entity;
use crate::mapping::Part;

/// What a field's values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Email,
    Phone,
    PersonalNumber,
    /// A day, with a time or without.
    Time,
    /// A time of day.
    Clock,
    Number,
    Truth,
    /// Words that mean one of a few things.
    Word,
    /// Two, or three, letters.
    Country,
    Currency,
    /// A name of people or places.
    Letters,
    /// Ids of stores.
    Store,
    /// Each value once.
    Key,
    Any,
}

/// A field and what its column may be called.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) look: Look,
    pub(super) words: &'static [&'static str],
    /// How much having it says about what the file holds, from 0 to 3.
    pub(super) tells: u8,
}

const fn field(name: &'static str, look: Look, tells: u8, words: &'static [&'static str]) -> Field {
    Field { name, look, words, tells }
}

/// The time of day of a receipt, where it has a column of its own: no field, but a part of `createdAt`.
pub(super) const CLOCK: &str = "(time)";

const STORES: &[Field] = &[
    field(
        "externalId",
        Look::Key,
        2,
        &[
            "butiksnr",
            "butiksid",
            "butiknr",
            "butik",
            "storeid",
            "storenumber",
            "store",
            "butikknr",
            "butikid",
            "myymala",
            "myymalanro",
            "filiale",
            "filialnr",
            "externalid",
            "id",
            "nr",
            "kod",
        ],
    ),
    field("name", Look::Any, 1, &["namn", "butiksnamn", "name", "storename", "navn", "nimi", "filialname"]),
    field(
        "timeZone",
        Look::Any,
        3,
        &["tidszon", "timezone", "tidssone", "tidszone", "aikavyohyke", "zeitzone"],
    ),
    field("type", Look::Word, 1, &["typ", "butikstyp", "type", "storetype", "tyyppi"]),
    field("street", Look::Any, 0, STREET),
    field("zipCode", Look::Any, 0, ZIP),
    field("city", Look::Letters, 0, CITY),
    field("countryCode", Look::Country, 0, COUNTRY),
    field("email", Look::Email, 0, EMAIL),
    field(
        "phoneNumber",
        Look::Phone,
        0,
        &["telefon", "tel", "phone", "telefonnummer", "phonenumber", "puhelin", "tlf"],
    ),
    field("homepage", Look::Any, 0, &["hemsida", "webb", "homepage", "website", "url"]),
];

const STREET: &[&str] = &[
    "gata",
    "gatuadress",
    "adress",
    "street",
    "address",
    "adresse",
    "gate",
    "vej",
    "katuosoite",
    "osoite",
    "strasse",
];
const ZIP: &[&str] =
    &["postnr", "postnummer", "zip", "zipcode", "postcode", "postalcode", "postinumero", "plz"];
const CITY: &[&str] =
    &["ort", "postort", "stad", "city", "town", "poststed", "by", "kaupunki", "postitoimipaikka", "stadt"];
const COUNTRY: &[&str] = &["land", "landkod", "landskod", "country", "countrycode", "maa", "maakoodi"];
const EMAIL: &[&str] = &["epost", "epostadress", "mejl", "mail", "email", "emailaddress", "sahkoposti"];
const MEMBER: &[&str] = &[
    "kundnr",
    "kundnummer",
    "medlemsnr",
    "medlemsnummer",
    "medlem",
    "membernumber",
    "memberno",
    "memberid",
    "customernumber",
    "customerno",
    "kundenr",
    "kundenummer",
    "medlemsnummer",
    "asiakasnumero",
    "asiakasnro",
    "jasennumero",
    "kundennummer",
    "kortnr",
    "kortnummer",
    "cardnumber",
    "loyaltynumber",
];
const CUSTOMER: &[&str] =
    &["kundid", "externalid", "externtid", "customerid", "kundeid", "asiakasid", "kundenid", "legacyid"];
const CURRENCY: &[&str] =
    &["valuta", "valutakod", "currency", "currencycode", "valuutta", "wahrung", "waehrung"];

const CONTACTS: &[Field] = &[
    field("memberNumber", Look::Key, 1, MEMBER),
    field("externalId", Look::Key, 1, CUSTOMER),
    field(
        "firstName",
        Look::Letters,
        3,
        &["fornamn", "firstname", "givenname", "fornavn", "etunimi", "vorname"],
    ),
    field(
        "lastName",
        Look::Letters,
        3,
        &["efternamn", "lastname", "surname", "familyname", "etternavn", "efternavn", "sukunimi", "nachname"],
    ),
    field("email", Look::Email, 3, EMAIL),
    field(
        "mobilePhone",
        Look::Phone,
        2,
        &[
            "mobil",
            "mobiltelefon",
            "mobilnr",
            "mobilnummer",
            "mobile",
            "mobilephone",
            "cellphone",
            "telefon",
            "tel",
            "phone",
            "phonenumber",
            "puhelin",
            "matkapuhelin",
            "handy",
            "tlf",
        ],
    ),
    field(
        "socialSecurityNumber",
        Look::PersonalNumber,
        2,
        &[
            "personnr",
            "personnummer",
            "pnr",
            "socialsecuritynumber",
            "ssn",
            "fodselsnummer",
            "cprnr",
            "henkilotunnus",
            "hetu",
        ],
    ),
    field(
        "birthDay",
        Look::Time,
        2,
        &[
            "fodd",
            "fodelsedatum",
            "fodelsedag",
            "birthday",
            "birthdate",
            "dateofbirth",
            "fodselsdato",
            "fodselsdag",
            "syntymaaika",
            "geburtsdatum",
        ],
    ),
    field("gender", Look::Word, 1, &["kon", "gender", "sex", "kjonn", "sukupuoli", "geschlecht"]),
    field("street", Look::Any, 0, STREET),
    field("careOf", Look::Any, 0, &["co", "careof"]),
    field("zipCode", Look::Any, 0, ZIP),
    field("city", Look::Letters, 0, CITY),
    field("countryCode", Look::Country, 0, COUNTRY),
    field("language", Look::Country, 0, &["sprak", "language", "lang", "sprog", "kieli", "sprache"]),
    field("currentStore", Look::Store, 0, &["hembutik", "butik", "homestore", "store", "currentstore"]),
    field(
        "acceptsEmail",
        Look::Truth,
        1,
        &[
            "nyhetsbrev",
            "epostutskick",
            "acceptsemail",
            "emailoptin",
            "newsletter",
            "nyhedsbrev",
            "uutiskirje",
            "mailok",
            "epostok",
        ],
    ),
    field("acceptsSms", Look::Truth, 1, &["sms", "smsutskick", "acceptssms", "smsoptin", "smsok"]),
    field(
        "acceptsPostal",
        Look::Truth,
        1,
        &["postutskick", "acceptspostal", "postaloptin", "direktreklam", "dr", "postok"],
    ),
];

const RECEIPTS: &[Field] = &[
    field(
        "id",
        Look::Any,
        1,
        &[
            "id",
            "kvittoid",
            "receiptid",
            "transaktionsid",
            "transactionid",
            "kvitteringsid",
            "kuittiid",
            "belegid",
            "uuid",
        ],
    ),
    field(
        "receiptNumber",
        Look::Any,
        2,
        &[
            "ordernumber",
            "orderno",
            "orderid",
            "invoiceno",
            "invoicenumber",
            "invoiceid",
            "nr",
            "kvittonr",
            "kvittonummer",
            "kvitto",
            "receiptnumber",
            "receiptno",
            "number",
            "kvitteringsnr",
            "bonnr",
            "kuittinumero",
            "kuittinro",
            "belegnummer",
            "bonnummer",
        ],
    ),
    field(
        "store",
        Look::Store,
        2,
        &["butik", "butiksnr", "butiksid", "store", "storeid", "butikk", "myymala", "filiale", "shop"],
    ),
    field(
        "till",
        Look::Any,
        2,
        &["kassa", "kassanr", "till", "register", "pos", "terminal", "kasse", "kassanro"],
    ),
    field(
        "operator",
        Look::Any,
        1,
        &["kassor", "saljare", "operator", "cashier", "seller", "selger", "saelger", "myyja", "verkaufer"],
    ),
    field(
        "createdAt",
        Look::Time,
        2,
        &[
            "orderdate",
            "invoicedate",
            "purchasedate",
            "datum",
            "kopdatum",
            "saljdatum",
            "tidpunkt",
            "date",
            "datetime",
            "createdat",
            "soldat",
            "saledate",
            "timestamp",
            "dato",
            "paivays",
            "pvm",
            "paivamaara",
        ],
    ),
    field(
        CLOCK,
        Look::Clock,
        1,
        &["tid", "klockslag", "kl", "time", "klokkeslett", "klokkeslaet", "aika", "kello", "uhrzeit", "zeit"],
    ),
    field("currency", Look::Currency, 0, CURRENCY),
    field(
        "exchangeRate",
        Look::Number,
        1,
        &["kurs", "vaxelkurs", "valutakurs", "rate", "exchangerate", "kurssi"],
    ),
    field("contact", Look::Any, 0, CONTACT),
    field(
        "total",
        Look::Number,
        1,
        &[
            "total",
            "totalt",
            "summa",
            "totalbelopp",
            "sum",
            "totalamount",
            "grandtotal",
            "yhteensa",
            "gesamt",
        ],
    ),
];

const CONTACT: &[&str] = &[
    "kundnr",
    "kundnummer",
    "kund",
    "kundid",
    "medlemsnr",
    "medlem",
    "customernumber",
    "customer",
    "customerid",
    "customerno",
    "membernumber",
    "memberid",
    "kundenr",
    "kunde",
    "asiakas",
    "asiakasnumero",
    "kundennummer",
    "kortnr",
    "customeremail",
    "email",
    "epost",
];

const LINES: &[Field] = &[
    field(
        "line.kind",
        Look::Word,
        2,
        &["typ", "radtyp", "type", "linetype", "rowtype", "kind", "linjetype", "rivityyppi", "zeilentyp"],
    ),
    field(
        "line.sku",
        Look::Any,
        3,
        &[
            "stockcode",
            "productcode",
            "productid",
            "artnr",
            "artikelnr",
            "artikelnummer",
            "artikel",
            "sku",
            "article",
            "articlenumber",
            "itemnumber",
            "varenr",
            "varenummer",
            "tuotenumero",
            "tuote",
            "ean",
        ],
    ),
    field(
        "line.name",
        Look::Any,
        1,
        &[
            "benamning",
            "artikelnamn",
            "namn",
            "produkt",
            "produktnamn",
            "name",
            "itemname",
            "description",
            "varenavn",
            "tuotenimi",
            "bezeichnung",
            "text",
        ],
    ),
    field(
        "line.group",
        Look::Any,
        1,
        &[
            "varugrupp",
            "artikelgrupp",
            "group",
            "category",
            "itemgroup",
            "varegruppe",
            "tuoteryhma",
            "warengruppe",
        ],
    ),
    field(
        "line.quantity",
        Look::Number,
        3,
        &[
            "numberof",
            "noof",
            "pieces",
            "units",
            "pcs",
            "antal",
            "kvantitet",
            "quantity",
            "qty",
            "antall",
            "maara",
            "kpl",
            "menge",
            "anzahl",
        ],
    ),
    field(
        "line.unitPrice",
        Look::Number,
        2,
        &[
            "apris",
            "styckpris",
            "pris",
            "unitprice",
            "price",
            "enhetspris",
            "stykpris",
            "yksikkohinta",
            "hinta",
            "einzelpreis",
        ],
    ),
    field(
        "line.amount",
        Look::Number,
        1,
        &[
            "value",
            "revenue",
            "linevalue",
            "belopp",
            "radbelopp",
            "radsumma",
            "amount",
            "lineamount",
            "linetotal",
            "belop",
            "belob",
            "summa",
            "betrag",
        ],
    ),
    field("line.paid", Look::Number, 1, &["betalt", "nettobelopp", "netto", "paid", "net", "netamount"]),
    field(
        "line.discount",
        Look::Number,
        1,
        &["rabatt", "rabattbelopp", "discount", "discountamount", "alennus"],
    ),
    field(
        "line.discountName",
        Look::Any,
        1,
        &["rabattnamn", "kampanj", "discountname", "campaign", "kampanje"],
    ),
    field(
        "line.taxPercent",
        Look::Number,
        1,
        &[
            "moms",
            "momssats",
            "momsprocent",
            "tax",
            "taxpercent",
            "taxrate",
            "vat",
            "vatrate",
            "mva",
            "alv",
            "mwst",
        ],
    ),
    field("line.taxAmount", Look::Number, 1, &["momsbelopp", "taxamount", "vatamount"]),
    field(
        "line.returnsReceipt",
        Look::Any,
        1,
        &[
            "ref",
            "referens",
            "originalkvitto",
            "returnerar",
            "of",
            "originalreceipt",
            "returnof",
            "reference",
        ],
    ),
    field(
        "payment.type",
        Look::Any,
        2,
        &[
            "betsatt",
            "betalsatt",
            "betalningssatt",
            "betalmedel",
            "means",
            "paymenttype",
            "paymentmethod",
            "tender",
            "tendertype",
            "betalingsmate",
            "maksutapa",
            "zahlungsart",
        ],
    ),
];

const POINTS: &[Field] = &[
    field("key", Look::Any, 1, KEY),
    field(
        "amount",
        Look::Number,
        3,
        &["poang", "antalpoang", "points", "saldo", "balance", "poeng", "pisteet", "punkte", "bonuspoang"],
    ),
    field(
        "type",
        Look::Word,
        1,
        &["handelse", "typ", "type", "event", "transactiontype", "hendelse", "tapahtuma"],
    ),
    field("date", Look::Time, 1, &["datum", "date", "transactiondate", "dato", "pvm", "per"]),
    field(
        "validTo",
        Look::Time,
        2,
        &["giltigtill", "giltigttom", "validto", "expires", "expirydate", "utgar", "gyldigtil", "voimassa"],
    ),
    field("description", Look::Any, 0, &["text", "beskrivning", "description", "kommentar"]),
    field("source", Look::Any, 0, &["kalla", "source"]),
];

const KEY: &[&str] = &[
    "kundnr",
    "kundnummer",
    "kundid",
    "medlemsnr",
    "medlemsnummer",
    "membernumber",
    "memberkey",
    "memberid",
    "customernumber",
    "customerid",
    "externalid",
    "kundenr",
    "asiakasnumero",
    "kundennummer",
    "key",
];

const VOUCHERS: &[Field] = &[
    field("key", Look::Any, 1, KEY),
    field(
        "promotionName",
        Look::Any,
        3,
        &[
            "erbjudande",
            "kampanj",
            "promotion",
            "promotionname",
            "vouchername",
            "checknamn",
            "tilbud",
            "tarjous",
        ],
    ),
    field(
        "createdOn",
        Look::Time,
        1,
        &["skapad", "utfardad", "created", "createdon", "issued", "opprettet", "oprettet", "luotu"],
    ),
    field(
        "expiryDate",
        Look::Time,
        2,
        &["giltigtill", "giltigttom", "utgar", "expirydate", "expires", "validto", "gyldigtil", "voimassa"],
    ),
    field("validFrom", Look::Time, 1, &["giltigfran", "giltigfrom", "validfrom", "gyldigfra"]),
    field(
        "value",
        Look::Number,
        2,
        &["varde", "belopp", "value", "amount", "verdi", "vaerdi", "arvo", "wert"],
    ),
    field("currency", Look::Currency, 0, CURRENCY),
    field("bonusPoints", Look::Number, 1, &["poang", "bonuspoang", "bonuspoints"]),
    field(
        "code",
        Look::Key,
        3,
        &["kod", "checknr", "checknummer", "vardekod", "code", "vouchercode", "uniquecode", "kode", "koodi"],
    ),
    field("used", Look::Truth, 2, &["anvand", "inlost", "used", "redeemed", "brukt", "brugt", "kaytetty"]),
    field("usedBy", Look::Any, 0, &["anvandav", "usedby"]),
    field("usedStore", Look::Store, 0, &["anvandbutik", "inlostbutik", "usedstore"]),
    field("usedReceipt", Look::Any, 0, &["anvandkvitto", "inlostkvitto", "usedreceipt"]),
];

/// The fields that a table may have, with what their columns are called.
pub(super) fn fields_of(entity: Entity, part: Part) -> Vec<&'static Field> {
    let lists: &[&'static [Field]] = match (entity, part) {
        (Entity::Stores, _) => &[STORES],
        (Entity::Contacts, _) => &[CONTACTS],
        (Entity::Receipts, Part::Whole) => &[RECEIPTS, LINES],
        (Entity::Receipts, Part::Lines) => &[&[], LINES],
        (Entity::Points, _) => &[POINTS],
        (Entity::Vouchers, _) => &[VOUCHERS],
    };
    let mut fields: Vec<&'static Field> = lists.iter().flat_map(|list| list.iter()).collect();
    if part == Part::Lines {
        fields.extend(RECEIPTS.iter().filter(|field| field.name == "id"));
    }
    fields
}

/// Words in the name of a file that say what it holds.
pub(super) const FILES: [(Entity, Part, &[&str]); 6] = [
    (Entity::Receipts, Part::Lines, &["rader", "lines", "rows", "kvittorad", "linjer", "rivit", "items"]),
    (Entity::Stores, Part::Whole, &["butik", "store", "shop", "myymala", "filial"]),
    (Entity::Contacts, Part::Whole, &["kund", "customer", "medlem", "member", "contact", "asiakas"]),
    (Entity::Points, Part::Whole, &["poang", "point", "poeng", "piste", "punkt"]),
    (Entity::Vouchers, Part::Whole, &["voucher", "check", "kupong", "coupon", "presentkort", "gutschein"]),
    (
        Entity::Receipts,
        Part::Whole,
        &[
            "kvitto",
            "receipt",
            "sale",
            "salj",
            "forsalj",
            "kop",
            "transaction",
            "transaktion",
            "kuitti",
            "salg",
        ],
    ),
];

/// A name without marks, accents and capitals.
pub(super) fn plain(name: &str) -> String {
    let letter = |char: char| match char {
        'å' | 'ä' | 'à' | 'á' | 'æ' => Some('a'),
        'ö' | 'ø' | 'ó' | 'ô' => Some('o'),
        'é' | 'è' => Some('e'),
        'ü' => Some('u'),
        'ß' => Some('s'),
        char => Some(char).filter(|char| char.is_alphanumeric()),
    };
    name.chars().flat_map(char::to_lowercase).filter_map(letter).collect()
}
