//! The names that a contact's data goes by.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::Text;

/// A contact's attribute that can be sent as text (facts C-58, C-60, C-61).
///
/// One attribute is one name on the wire, whatever its case: equality, order and hash go by that, so
/// `Custom("email")` is `Email` in any set or map. [`Attribute::named`] makes the plain form of it.
#[derive(Clone)]
pub enum Attribute {
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// E-mail address.
    Email,
    /// Mobile phone.
    MobilePhone,
    /// Member number.
    MemberNumber,
    /// Id in an outside system.
    ExternalId,
    /// Personal identity number (facts C-20, C-88). It can be sent and is never read back.
    SocialSecurityNumber,
    /// Street and number.
    Street,
    /// Postal code.
    ZipCode,
    /// City.
    City,
    /// Care of.
    CareOf,
    /// Name of the country.
    Country,
    /// ISO 3166-1 code of two letters.
    CountryCode,
    /// ISO 639-1 code.
    Language,
    /// Date of birth, `YYYY-MM-DD`.
    BirthDay,
    /// Gender.
    Gender,
    /// One that the tenant made, by its id (facts C-61, C-91).
    Custom(Text),
}

/// Those that every tenant has.
const STANDARD: [Attribute; 16] = [
    Attribute::FirstName,
    Attribute::LastName,
    Attribute::Email,
    Attribute::MobilePhone,
    Attribute::MemberNumber,
    Attribute::ExternalId,
    Attribute::SocialSecurityNumber,
    Attribute::Street,
    Attribute::ZipCode,
    Attribute::City,
    Attribute::CareOf,
    Attribute::Country,
    Attribute::CountryCode,
    Attribute::Language,
    Attribute::BirthDay,
    Attribute::Gender,
];

/// Members of a contact that stand beside its attributes where it is sent, and so can't name one.
const RESERVED: [&str; 6] = ["id", "contactId", "contactType", "meta", "preferences", "consents"];

impl Attribute {
    /// The attribute of that name: one of the standard ones, in any case, or one of the tenant's.
    pub fn named(name: Text) -> Attribute {
        standard(name.as_str()).unwrap_or(Attribute::Custom(name))
    }

    /// Whether a name can be an attribute that a tenant made: neither a standard one's nor that of a
    /// member beside the attributes.
    pub fn can_be_custom(name: &str) -> bool {
        standard(name).is_none() && !is_reserved(name)
    }

    /// Whether it can be sent: no member beside the attributes has its name.
    pub(crate) fn can_be_sent(&self) -> bool {
        !is_reserved(self.name())
    }

    /// Its name on the wire.
    pub fn name(&self) -> &str {
        match self {
            Attribute::FirstName => "firstName",
            Attribute::LastName => "lastName",
            Attribute::Email => "email",
            Attribute::MobilePhone => "mobilePhone",
            Attribute::MemberNumber => "memberNumber",
            Attribute::ExternalId => "externalId",
            Attribute::SocialSecurityNumber => "socialSecurityNumber",
            Attribute::Street => "street",
            Attribute::ZipCode => "zipCode",
            Attribute::City => "city",
            Attribute::CareOf => "careOf",
            Attribute::Country => "country",
            Attribute::CountryCode => "countryCode",
            Attribute::Language => "language",
            Attribute::BirthDay => "birthDay",
            Attribute::Gender => "gender",
            Attribute::Custom(name) => name.as_str(),
        }
    }
}

fn standard(name: &str) -> Option<Attribute> {
    STANDARD.into_iter().find(|attribute| attribute.name().eq_ignore_ascii_case(name))
}

fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

impl PartialEq for Attribute {
    fn eq(&self, other: &Attribute) -> bool {
        self.name().eq_ignore_ascii_case(other.name())
    }
}

impl Eq for Attribute {}

impl PartialOrd for Attribute {
    fn partial_cmp(&self, other: &Attribute) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Attribute {
    fn cmp(&self, other: &Attribute) -> Ordering {
        lower_case(self.name()).cmp(lower_case(other.name()))
    }
}

impl Hash for Attribute {
    fn hash<H: Hasher>(&self, state: &mut H) {
        lower_case(self.name()).for_each(|byte| byte.hash(state));
    }
}

fn lower_case(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
