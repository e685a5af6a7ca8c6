//! From what can be serialized: texts, numbers, lists and fields, which is all that is sent to Engage.

use std::fmt;

use serde::ser::{Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use super::{Is, NUMBER, Span, Tape};

/// About how much text a record has, and how many values, so that a tape seldom grows.
const TEXT_BYTES: usize = 1024;
const NODES: usize = 96;

impl Tape {
    /// What a record is as JSON.
    ///
    /// # Errors
    /// Of what no record has: floats, bytes, tuples, variants that hold something.
    pub(crate) fn of(record: &impl Serialize) -> Result<Self, fmt::Error> {
        let mut tape = Self { text: String::with_capacity(TEXT_BYTES), nodes: Vec::with_capacity(NODES) };
        record.serialize(Writer { tape: &mut tape, name: Span::default() })?;
        Ok(tape)
    }
}

/// Writes one value.
struct Writer<'t> {
    tape: &'t mut Tape,
    name: Span,
}

impl<'t> Writer<'t> {
    fn push(self, is: Is) -> Result<(), fmt::Error> {
        self.tape.push(self.name, is);
        Ok(())
    }

    fn digits(self, number: impl fmt::Display) -> Result<(), fmt::Error> {
        let digits = self.tape.digits(number);
        self.push(Is::Number(digits))
    }

    fn open(self, form: Form) -> Open<'t> {
        self.tape.push(self.name, Is::Nothing);
        let at = self.tape.nodes.len() - 1;
        Open { tape: self.tape, at, form, name: Span::default() }
    }
}

/// What is open.
enum Form {
    List,
    Object,
    /// Not an object, but a number that is handed over as one.
    Number,
}

/// A list or an object that isn't whole yet.
struct Open<'t> {
    tape: &'t mut Tape,
    at: usize,
    form: Form,
    /// Of the field whose value comes next.
    name: Span,
}

impl Open<'_> {
    fn value(&mut self, name: Span, value: &(impl Serialize + ?Sized)) -> Result<(), fmt::Error> {
        value.serialize(Writer { tape: &mut *self.tape, name })
    }

    fn close(self) -> Result<(), fmt::Error> {
        let end = self.tape.nodes.len();
        let is = match self.form {
            Form::List => Is::List(end),
            Form::Object => Is::Object(end),
            Form::Number => match self.tape.nodes.pop().map(|node| node.is) {
                Some(Is::Text(digits)) => Is::Number(digits),
                _ => return Err(fmt::Error),
            },
        };
        self.tape.nodes[self.at].is = is;
        Ok(())
    }
}

impl<'t> Serializer for Writer<'t> {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Open<'t>;
    type SerializeMap = Open<'t>;
    type SerializeStruct = Open<'t>;
    type SerializeTuple = Impossible<(), fmt::Error>;
    type SerializeTupleStruct = Impossible<(), fmt::Error>;
    type SerializeTupleVariant = Impossible<(), fmt::Error>;
    type SerializeStructVariant = Impossible<(), fmt::Error>;

    fn serialize_bool(self, truth: bool) -> Result<(), fmt::Error> {
        self.push(Is::Truth(truth))
    }

    fn serialize_i8(self, number: i8) -> Result<(), fmt::Error> {
        self.digits(number)
    }

    fn serialize_i16(self, number: i16) -> Result<(), fmt::Error> {
        self.digits(number)
    }

    fn serialize_i32(self, number: i32) -> Result<(), fmt::Error> {
        self.digits(number)
    }

    fn serialize_i64(self, number: i64) -> Result<(), fmt::Error> {
        self.digits(number)
    }

    fn serialize_u8(self, number: u8) -> Result<(), fmt::Error> {
        self.digits(number)
    }

    fn serialize_u16(self, number: u16) -> Result<(), fmt::Error> {
        self.digits(number)
    }

    fn serialize_u32(self, number: u32) -> Result<(), fmt::Error> {
        self.digits(number)
    }

    fn serialize_u64(self, number: u64) -> Result<(), fmt::Error> {
        self.digits(number)
    }

    fn serialize_f32(self, _: f32) -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_f64(self, _: f64) -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_char(self, letter: char) -> Result<(), fmt::Error> {
        self.serialize_str(letter.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), fmt::Error> {
        let text = self.tape.keep(text);
        self.push(Is::Text(text))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_none(self) -> Result<(), fmt::Error> {
        self.push(Is::Nothing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), fmt::Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), fmt::Error> {
        self.push(Is::Nothing)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), fmt::Error> {
        self.push(Is::Nothing)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, word: &'static str) -> Result<(), fmt::Error> {
        self.serialize_str(word)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), fmt::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'t>, fmt::Error> {
        Ok(self.open(Form::List))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'t>, fmt::Error> {
        Ok(self.open(Form::Object))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Open<'t>, fmt::Error> {
        Ok(self.open(if name == NUMBER { Form::Number } else { Form::Object }))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, fmt::Error> {
        Err(fmt::Error)
    }
}

impl SerializeSeq for Open<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), fmt::Error> {
        self.value(Span::default(), value)
    }

    fn end(self) -> Result<(), fmt::Error> {
        self.close()
    }
}

impl SerializeMap for Open<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), fmt::Error> {
        // A name goes on the tape as a text of its own, which the value then takes for its name.
        self.value(Span::default(), name)?;
        match self.tape.nodes.pop().map(|node| node.is) {
            Some(Is::Text(name)) => self.name = name,
            _ => return Err(fmt::Error),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), fmt::Error> {
        self.value(self.name, value)
    }

    fn end(self) -> Result<(), fmt::Error> {
        self.close()
    }
}

impl SerializeStruct for Open<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), fmt::Error> {
        let name = self.tape.keep(name);
        self.value(name, value)
    }

    fn end(self) -> Result<(), fmt::Error> {
        self.close()
    }
}
