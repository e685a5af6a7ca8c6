//! What is shown of a receipt.

use document::{Language, Templates, pdf};

use crate::support::{EVERYTHING, json, plain, read_back, shown};

#[test]
fn another_program_reads_the_pdf_as_it_was_written() {
    let html = Templates::default().html(&shown(&json(EVERYTHING), Language::Sv)).unwrap();
    let text = plain(&read_back(&pdf(&html).unwrap()));
    for part in [
        "Wool sweater, black, medium 2 400,00 2 × 1 200,00 Weekend −240,00 Rabatt −108,00",
        "Blåbær 31,15 0,35 kg × 89,00 Retur: Socks −99,00 Pant 6,00 3 × 2,00 Gift card 500,00",
        "Delsumma 2 490,15 Welcome 10% −208,32 Rabatt −50,00 Totalt 2 231,83 SEK",
        "Kort Visa **** 4242 2 000,00 Kontant 300,00 Växel −68,17 Moms",
        "25 % 1 358,24 339,56 1 697,80 12 % 30,39 3,64 34,03 0 % 500,00 0,00 500,00",
    ] {
        assert!(text.contains(part), "{part} isn't in {text}");
    }
}
