//! From JSON.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Is, NUMBER, Span, Tape};

impl Tape {
    /// Reads a text in place of what was there.
    ///
    /// # Errors
    /// Where the text isn't JSON: then there is nothing on the tape that may be used.
    pub(crate) fn read(&mut self, text: &str) -> Result<(), serde_json::Error> {
        self.clear();
        let mut source = serde_json::Deserializer::from_str(text);
        Reader { tape: self, name: Span::default() }.deserialize(&mut source)?;
        source.end()
    }
}

/// Reads one value.
struct Reader<'t> {
    tape: &'t mut Tape,
    name: Span,
}

impl Reader<'_> {
    fn push<E>(self, is: Is) -> Result<(), E> {
        self.tape.push(self.name, is);
        Ok(())
    }

    /// Begins a list or an object; answers where.
    fn open(&mut self) -> usize {
        self.tape.push(self.name, Is::Nothing);
        self.tape.nodes.len() - 1
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.push(Is::Nothing)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<(), E> {
        self.push(Is::Truth(truth))
    }

    // Whole numbers that fit come as such; all others as their digits, see [`NUMBER`].
    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        let digits = self.tape.digits(number);
        self.push(Is::Number(digits))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        let digits = self.tape.digits(number);
        self.push(Is::Number(digits))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let span = self.tape.keep(text);
        self.push(Is::Text(span))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let at = self.open();
        while list.next_element_seed(Reader { tape: &mut *self.tape, name: Span::default() })?.is_some() {}
        self.tape.nodes[at].is = Is::List(self.tape.nodes.len());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let at = self.open();
        while let Some(name) = fields.next_key_seed(Name(self.tape))? {
            if self.tape.part(name) == NUMBER && at + 1 == self.tape.nodes.len() {
                // Not an object, but a number that is handed over as one.
                fields.next_value_seed(Reader { tape: &mut *self.tape, name })?;
                let digits = self.tape.nodes.pop().map(|node| node.is);
                if let Some(Is::Text(digits)) = digits {
                    self.tape.nodes[at].is = Is::Number(digits);
                    return Ok(());
                }
                return Err(A::Error::custom("a number has digits"));
            }
            fields.next_value_seed(Reader { tape: &mut *self.tape, name })?;
        }
        self.tape.nodes[at].is = Is::Object(self.tape.nodes.len());
        Ok(())
    }
}

/// Reads a field's name.
struct Name<'t>(&'t mut Tape);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Span;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Span, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
        Ok(self.0.keep(text))
    }
}
