use super::pdf;

#[test]
fn a_document_is_one_page_and_always_the_same() {
    let html = "<h1>Å &amp; Ö</h1><table><tr><td>a</td><td class=num>1,00</td></tr></table>";
    let first = pdf(html).unwrap();
    assert!(first.starts_with(b"%PDF-"));
    assert_eq!(first, pdf(html).unwrap());
}
