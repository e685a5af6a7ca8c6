//! Contacts many at a time.

use engage::call;
use engage::model::{BatchFault, BatchResult, BatchStatus, ContactType, FlatContact, FlatValue, Text};
use http::Method;

use crate::answers::{HTML, check_unreadable, response};
use crate::text;

fn contacts() -> [FlatContact; 2] {
    let ada = [("memberNumber", "7001"), ("firstName", "Ada")];
    let ada = ada.map(|(name, value)| (text(name), FlatValue::Text(text(value))));
    let accepts = (text("acceptsEmail"), FlatValue::Truth(true));
    [FlatContact::new(ada.into_iter().chain([accepts])), FlatContact::default()]
}

#[test]
fn contacts_are_sent_flat_and_in_one_list() {
    let member = ContactType::new("Member").expect("a type");
    for (call, method) in [
        (call::create_contacts(&contacts(), &member), Method::POST),
        (call::update_contacts(&contacts(), &member), Method::PATCH),
    ] {
        let path = "/api/v3/contacts/bulk?contactType=Member";
        assert_eq!((&call.request.method, call.request.path_and_query.as_str()), (&method, path));
        let body = call.request.body.as_ref().expect("a body");
        assert_eq!(body, r#"[{"acceptsEmail":true,"firstName":"Ada","memberNumber":"7001"},{}]"#);
        for status in [200, 202] {
            for body in [r#""b-1""#, r#"{"batchId":"b-1"}"#] {
                assert_eq!(call.read(&response(status, body)), Ok(text("b-1")), "{status} {body}");
            }
        }
        for body in ["", "null", r#""""#, "[]", HTML, &format!("\"{}\"", "x".repeat(200))] {
            check_unreadable(&call, 200, body);
        }
    }
    let [ada, nobody] = contacts();
    assert_eq!((format!("{ada:?}"), nobody.is_empty()), ("FlatContact(3 attributes)".to_owned(), true));
}

#[test]
fn a_batch_has_ended_only_where_engage_says_so() {
    let call = call::batch_status(&text("b 1"));
    assert_eq!(call.request.path_and_query, "/api/v2/contacts/bulk/status?batchId=b%201");
    let read = |body: &str| call.read(&response(200, body)).expect("a status");
    for body in ["{}", r#"{"status":"Processing"}"#, r#"{"status":null}"#, r#"{"batchStatus":7}"#] {
        assert_eq!(read(body), BatchStatus::NotEnded, "{body}");
    }
    let errors = r#"[{"index":1,"key":"7002","errorCode":"ValidationError","message":"no"},{"index":"x"},7]"#;
    let body = format!(r#"{{"status":"completed","created":2,"failed":"1","updated":-1,"errors":{errors}}}"#);
    let fault = BatchFault { index: 1, code: Text::new("ValidationError"), message: Text::new("no") };
    let result = BatchResult { created: Some(2), updated: None, failed: Some(1), faults: vec![fault] };
    assert_eq!(read(&body), BatchStatus::Ended(result));
    check_unreadable(&call, 200, HTML);
}
