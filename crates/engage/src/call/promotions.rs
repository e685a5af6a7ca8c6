//! Calls about promotions as they are defined for everybody. Activating and ending one is for people in Engage's own
//! pages (facts P-66, P-67), and there is no list of all of them.

use http::Method;
use serde::Serialize;

use super::{Call, Response, encoded, get, json, not, object, read_done, request, with_body};
use crate::failure::{Failure, Refusal};
use crate::model::{Definition, Mismatch, NewDefinition, NewValidity, Shape, Text};

const PATH: &str = "/api/v3/promotions/multichannels";

/// Reads a promotion by its id. `None` when Engage says that there is none.
///
/// Version 3, `GET /api/v3/promotions/multichannels/{id}` (fact P-63: inferred from version 2).
///
/// A 404 is an answer only in Engage's own form, with a code: a wrong address or a proxy's page must not pass for a
/// promotion that isn't there.
pub fn promotion(id: &Text) -> Call<Option<Definition>> {
    Call { request: get(&path(id), &[]), read: read_one_or_none }
}

/// Reads a promotion by its external id. `None` as with [`promotion`], and for an empty list.
///
/// Version 3, `GET /api/v3/promotions/multichannels?externalId=…` (fact P-63: inferred from version 2). A list of
/// one is read as well; of several none is picked.
pub fn promotion_by_external_id(external_id: &Text) -> Call<Option<Definition>> {
    Call { request: get(PATH, &[("externalId", external_id.as_str())]), read: read_one_or_none }
}

/// Makes a promotion, which is a draft then (fact P-66). Sent twice it may make two: look for the external id first.
///
/// Version 3, `POST /api/v3/promotions/multichannels` (fact P-62: documented).
pub fn create_promotion(promotion: &NewDefinition) -> Call<Definition> {
    Call { request: with_body(request(Method::POST, PATH, &[]), promotion), read: read_one }
}

/// Makes a draft into this. What is no draft refuses (fact P-64).
///
/// Version 3, `PUT /api/v3/promotions/multichannels/{id}` (fact P-64: inferred from version 2).
pub fn update_promotion(id: &Text, promotion: &NewDefinition) -> Call<()> {
    #[derive(Serialize)]
    struct Body<'a> {
        id: &'a Text,
        #[serde(flatten)]
        promotion: &'a NewDefinition,
    }
    let request = with_body(request(Method::PUT, &path(id), &[]), &Body { id, promotion });
    Call { request, read: read_done }
}

/// Changes when a draft is good. What is no draft refuses (fact P-64).
///
/// Version 3, `PUT /api/v3/promotions/multichannels/{id}/validity` (fact P-64: inferred from version 2).
pub fn update_validity(id: &Text, validity: &NewValidity) -> Call<()> {
    let path = format!("{}/validity", path(id));
    Call { request: with_body(request(Method::PUT, &path, &[]), validity), read: read_done }
}

/// Deletes a promotion that was never assigned; any other refuses (fact P-65).
///
/// Version 3, `DELETE /api/v3/promotions/multichannels/{id}` (fact P-65: inferred from version 2).
pub fn delete_promotion(id: &Text) -> Call<()> {
    Call { request: request(Method::DELETE, &path(id), &[]), read: read_done }
}

fn path(id: &Text) -> String {
    format!("{PATH}/{}", encoded(id.as_str()))
}

fn read_one(response: &Response) -> Result<Definition, Failure> {
    object(response, "a promotion", Definition::read)
}

fn read_one_or_none(response: &Response) -> Result<Option<Definition>, Failure> {
    if response.status == 404 {
        let refusal = Refusal::read(response);
        return if refusal.code.is_some() { Ok(None) } else { Err(refusal.into()) };
    }
    let several = Mismatch { member: "the list", expected: "one promotion" };
    let definition = match json(response, "a promotion")? {
        Shape::Object(object) => Definition::read(&object).map(Some),
        Shape::List(rows) => match rows.as_slice() {
            [] => Ok(None),
            [row] => match Shape::of(row) {
                Some(Shape::Object(object)) => Definition::read(&object).map(Some),
                _ => Err(several),
            },
            _ => Err(several),
        },
        Shape::Null | Shape::Text(_) | Shape::Bare(_) => {
            Err(Mismatch { member: "it", expected: "an object" })
        }
    };
    definition.map_err(|mismatch| not(response, "a promotion", mismatch))
}
